namespace Frugal.Interop;

/// <summary>One file of a checkpoint as its manifest records it.</summary>
/// <param name="Name">Its path in the checkpoint, with '/' between folders.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">Its SHA-256 in small hexadecimal letters.</param>
public sealed record CheckpointFile(string Name, long Bytes, string Sha256);
