using System.CommandLine;
using Frugal.Catalogue;
using Frugal.Catalogue.Binding;
using Frugal.Catalogue.Documents;
using Frugal.Cli.Studies;
using Frugal.Data;
using Frugal.Studies;

namespace Frugal.Cli.Commands;

/// <summary><c>frugal compare</c>: runs a study and shows which arm is worth its price.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var file = new Argument<string?>("STUDY") { Description = "A study file; without one, a study that comes with Frugal and fits the data.", Arity = ArgumentArity.ZeroOrOne };
        var data = new Option<string?>("--data") { HelpName = "NAME", Description = "Data instead of the study's, e.g. cifar10; `frugal data` lists them." };
        var model = new Option<string?>("--model") { HelpName = "NAME", Description = "Model instead of the study's, e.g. resnet20; `frugal models` lists them." };
        var options = new StudyOptions();
        var command = new FrugalCommand("compare", "Train a model and what Frugal makes of it side by side, and show which is worth its price.",
            new("frugal compare", "The quickstart: digits that need no download, four minutes on two cores."),
            new("frugal compare --data cifar10 --data-dir data --out report", "The same question for your images."),
            new("frugal compare --data \"{ image-folder: { size: 64 } }\" --data-dir pictures", "A folder of pictures, at 64 pixels instead of the study's 32."),
            new("frugal compare my-study.yaml --seeds 0 1 2", "Your own arms, with three seeds."),
            new("frugal compare --set train.epochs=10 --model vit-tiny", "Another model, and longer training in every arm."))
        {
            file, data, model,
        };
        options.AddTo(command);
        command.SetAction(async (arguments, cancellation) =>
        {
            var changes = new List<string>();
            bool isNetworkOfTheStudyInside = arguments.GetValue(file) is null && arguments.GetValue(model) is null;
            if (arguments.GetValue(data) is { } dataName)
                changes.Add($"data={(isNetworkOfTheStudyInside ? EmbeddedStudies.DataFor(dataName) : dataName)}");
            if (arguments.GetValue(model) is { } modelName)
                changes.Add($"model={modelName}");
            var (document, name) = arguments.GetValue(file) is { } path
                ? (YamlReader.ReadFile(path), Path.GetFileNameWithoutExtension(path))
                : Embedded(arguments.GetValue(data), options.DataDir(arguments), SharedOptions.CatalogueOf(arguments));
            var result = await options.Run(arguments, document, name, changes, cancellation);
            return result.Arms.All(arm => arm.Failure is null) ? ExitCode.Success : ExitCode.Failure;
        });
        return command;
    }

    // Which of the studies inside the library fits depends on the images, so the data is opened once to look.
    private static (DocumentNode Document, string Name) Embedded(string? data, string? dataDir, CatalogueIndex catalogue)
    {
        if (data is null)
            return (EmbeddedStudies.Read(EmbeddedStudies.Quickstart), EmbeddedStudies.Quickstart);
        var source = new Binder(catalogue).Bind<DataSource>(YamlReader.Parse(data, "--data"));
        string name = EmbeddedStudies.NameFor(source.Load(dataDir).Info);
        return (EmbeddedStudies.Read(name), name);
    }
}
