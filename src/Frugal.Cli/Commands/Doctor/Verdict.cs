namespace Frugal.Cli.Commands.Doctor;

/// <summary>What a finding means for using Frugal on this machine.</summary>
internal enum Verdict
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Frugal works, but slower or with less than it could have.</summary>
    Warn,

    /// <summary>Frugal cannot work until this is mended.</summary>
    Fail,
}
