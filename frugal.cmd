@echo off
rem Runs the Frugal command line on Windows; dotnet run builds it first when a source has changed.
setlocal
where dotnet >nul 2>nul
if errorlevel 1 (
  echo frugal: dotnet was not found. Install the .NET 10 SDK from https://dotnet.microsoft.com/download/dotnet/10.0 1>&2
  exit /b 1
)
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set DOTNET_NOLOGO=1
dotnet run --configuration Release --verbosity quiet --project "%~dp0src\Frugal.Cli" -- %*
exit /b %errorlevel%
