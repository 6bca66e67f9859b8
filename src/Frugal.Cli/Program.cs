using System.CommandLine;
using Frugal.Cli.Commands;

return new RootCommand("Train, shrink, grow and compare neural networks.") { DoctorCommand.Create(), VerifyCommand.Create() }.Parse(args).Invoke();
