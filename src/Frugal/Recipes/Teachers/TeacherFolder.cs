using Frugal.Catalogue;
using Frugal.Models;
using TorchSharp;

namespace Frugal.Recipes;

/// <summary>A teacher that was saved before, by Frugal or by timm.</summary>
[Entry("folder")]
public sealed class TeacherFolder : Teacher
{
    /// <summary>Folder with <c>config.json</c> and <c>model.safetensors</c>.</summary>
    [Shorthand]
    public required string Path { get; init; }

    /// <inheritdoc/>
    public override FrozenModel Open(Subject subject)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var model = ModelFolder.Load(Path);
        model.to(subject.Device);
        return new(model);
    }
}
