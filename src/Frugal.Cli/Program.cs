using Frugal.Cli;

using var interruption = Interruption.Listen();
return await CommandLine.Run(args, CommandOutput.OfProcess(interruption)).ConfigureAwait(false);
