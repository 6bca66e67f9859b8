using System.CommandLine;
using Frugal.Catalogue.Documents;
using Frugal.Cli.Studies;
using Frugal.Studies;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal run</c>: carries out one recipe.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("RECIPE") { Description = "A recipe file." };
        var options = new StudyOptions();
        var command = new FrugalCommand("run", "Carry out one recipe: train a model, change it step by step, and show what each step did.",
            new("frugal run my-recipe.yaml", "Resumes where it was when it was interrupted."),
            new("frugal run my-recipe.yaml --set train.epochs=2 --out out", "With another value, into another folder."))
        {
            file,
        };
        options.AddTo(command);
        command.SetAction(async (arguments, cancellation) =>
        {
            string path = arguments.GetValue(file)!, name = Path.GetFileNameWithoutExtension(path);
            var result = await options.Run(arguments, RecipeFile.AsStudy(YamlReader.ReadFile(path), name), name, [], cancellation);
            return result.Arms.All(arm => arm.Failure is null) ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }
}
