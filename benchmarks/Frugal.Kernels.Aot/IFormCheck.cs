namespace Frugal.Kernels.Aot;

/// <summary>A form of the package that must compute the same when it was compiled ahead of time.</summary>
internal interface IFormCheck
{
    /// <summary>What is printed.</summary>
    string Name { get; }

    /// <summary>Largest error that is right.</summary>
    double Tolerance { get; }

    /// <summary>Largest difference over the largest output.</summary>
    double LargestError(int threads);
}
