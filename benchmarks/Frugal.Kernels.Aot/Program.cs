using System.Globalization;
using Frugal.Kernels;
using Frugal.Kernels.Aot;

// Runs every packed form in a program that was compiled ahead of time, and compares each with a scalar loop or with its portable path. The exit code is the number of forms that are wrong.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Console.WriteLine($"{Simd.Level}, {(System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported ? "compiled as it runs" : "compiled ahead of time")}");
int wrong = 0;
foreach (var form in FormCheck.All.Concat<IFormCheck>(PathCheck.All))
    foreach (var threads in new[] { 1, 2 })
    {
        double error = form.LargestError(threads);
        bool isRight = error <= form.Tolerance;
        wrong += isRight ? 0 : 1;
        Console.WriteLine($"{(isRight ? "right" : "WRONG")}  {form.Name}, {threads} {(threads == 1 ? "thread" : "threads")}: {error:E1}");
    }
return wrong;
