using Frugal.Data;

namespace Frugal.Cli.Commands.Data;

/// <summary>A dataset by the name that a person writes.</summary>
/// <param name="Name">Name of the entry or preset.</param>
/// <param name="Source">The dataset with the options of that name.</param>
internal sealed record NamedDataset(string Name, DataSource Source);
