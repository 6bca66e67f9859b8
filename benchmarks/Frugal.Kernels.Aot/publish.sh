#!/usr/bin/env bash
# Compiles the check ahead of time and runs it, once for any x64 processor and once for this one. Needs a linker (clang or gcc) and .NET's compiler package; 77 where they cannot be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
linker=$(command -v clang || command -v gcc) || { echo "There is no linker here."; exit 77; }
for instructions in "" native; do
  if ! dotnet publish -c Release --use-current-runtime -p:PublishAot=true -p:CppCompilerAndLinker="$(basename "$linker")" \
    -p:IlcInstructionSet="$instructions" -o "$out/program" >"$out/log" 2>&1; then
    grep -q 'NU1101\|NU1301' "$out/log" && { echo "The compiler package cannot be restored here."; exit 77; }
    cat "$out/log"
    exit 1
  fi
  "$out/program/Frugal.Kernels.Aot"
done
