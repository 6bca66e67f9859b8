using Frugal.Interop;
using Frugal.Models.Text.Checkpoints;
using static TorchSharp.torch;

namespace Frugal.Models.Text;

/// <summary>
/// A text model as a folder of the transformers library: <c>config.json</c> and <c>model.safetensors</c> or several of them with an index. What is downloaded loads as it is, and what is
/// written loads there.
/// </summary>
public static class TextModelFolder
{
    /// <summary>Reads a model with the head that it was saved with, every weight in its place.</summary>
    /// <exception cref="FrugalException">The folder is not complete, describes what there is not, or its weights do not fit; the message lists what does not.</exception>
    public static TextModel Load(string folder)
    {
        RequireText(folder);
        return (TextModel)ModelFolder.Load(folder);
    }

    /// <summary>Reads a model under another head, whose weights are fresh, and tells what did not fit.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="head">The head; the one that it was saved with when null.</param>
    /// <param name="numClasses">Classes of a classifying head; the folder's when null.</param>
    /// <exception cref="FrugalException">The folder cannot be read or describes what there is not.</exception>
    public static ModelLoad LoadWhatFits(string folder, TextHead? head = null, int? numClasses = null)
    {
        RequireText(folder);
        return ModelFolder.LoadAs(folder, saved => (TextModelConfig)saved with { Head = head ?? ((TextModelConfig)saved).Head, NumClasses = numClasses ?? saved.NumClasses });
    }

    /// <summary>Writes a model; one that the folder holds already is replaced.</summary>
    /// <exception cref="FrugalException">The folder cannot be written.</exception>
    public static void Save(TextModel model, string folder) => ModelFolder.Save(model, folder);

    /// <summary>Copies weights into a model by name.</summary>
    internal static StateDictLoad Fill(TextModel model, IWeights weights)
    {
        using var scope = NewDisposeScope();
        return StateDictLoad.Into(model.state_dict(), model.Arranged(weights));
    }

    private static void RequireText(string folder)
    {
        using var files = HuggingFaceFolder.Open(folder);
        TextModelJson.RequireFamily(files.Config, Path.Combine(files.Path, "config.json"));
    }
}
