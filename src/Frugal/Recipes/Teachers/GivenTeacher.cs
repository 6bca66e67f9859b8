using Frugal.Models;

namespace Frugal.Recipes;

/// <summary>A network that is at hand, for people who write recipes in C#. It stays theirs to dispose.</summary>
/// <param name="model">The network.</param>
public sealed class GivenTeacher(Model model) : Teacher
{
    /// <inheritdoc/>
    public override FrozenModel Open(Subject subject) => new(model, isOwned: false);
}
