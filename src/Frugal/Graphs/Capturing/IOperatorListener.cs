namespace Frugal.Graphs.Capturing;

/// <summary>Hears of operators as they run.</summary>
internal interface IOperatorListener
{
    /// <summary>An operator is about to run; its arguments can be read.</summary>
    void Begin(RecordedCall call);

    /// <summary>The operator that began last has run; its results can be read.</summary>
    void End(RecordedCall call);
}
