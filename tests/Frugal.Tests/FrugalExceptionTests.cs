namespace Frugal.Tests;

public class FrugalExceptionTests
{
    [Fact]
    public void Keeps_the_failure_underneath()
    {
        var cause = new IOException("disk full");
        Assert.Same(cause, new FrugalException("results.json could not be written: disk full", cause).InnerException);
    }
}
