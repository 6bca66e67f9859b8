using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Frugal.Kernels.Tests;

public unsafe class AssembledCodeTests
{
    [Fact]
    public void Functions_run_with_their_argument()
    {
        using var code = Assemble(Adding(5), Adding(70));
        var value = 1L;
        ((delegate* unmanaged<long*, void>)code[0])(&value);
        Assert.Equal(6, value);
        ((delegate* unmanaged<long*, void>)code[1])(&value);
        Assert.Equal(76, value);
    }

    /// <summary>The caller keeps values in registers over the call, among them those that a function of ours may change.</summary>
    [Fact]
    public void The_registers_of_the_caller_survive()
    {
        using var code = Assemble(Clobbering());
        var function = (delegate* unmanaged<long*, void>)code[0];
        long a = 3, b = 5, c = 7, d = 11, e = 13, f = 17, argument = 0;
        double x = 0.5, y = 0.25;
        for (var i = 0; i < 1000; i++)
        {
            function(&argument);
            (a, b, c, d, e, f) = (a + 1, b + 2, c + 3, d + 4, e + 5, f + 6);
            (x, y) = (x + 1, y + 2);
        }
        Assert.Equal((1003, 2005, 3007, 4011, 5013, 6017), (a, b, c, d, e, f));
        Assert.Equal((1000.5, 2000.25), (x, y));
        Assert.Equal(1000, argument);
    }

    [Fact]
    public void Functions_begin_on_cache_lines()
    {
        using var code = Assemble(Adding(1), Clobbering(), Adding(2));
        for (var function = 0; function < 3; function++)
            Assert.Equal(0, code[function] % 64);
    }

    private static Action<Assembler> Adding(int value) => code =>
    {
        CallFrame.Enter(code);
        code.add(__qword_ptr[CallFrame.Arguments], value);
        CallFrame.Leave(code);
    };

    private static Action<Assembler> Clobbering() => code =>
    {
        CallFrame.Enter(code);
        foreach (var register in CallFrame.Free)
            code.mov(register, -1L);
        for (var i = 0; i < 16; i++)
        {
            var vector = new AssemblerRegisterYMM(Register.YMM0 + i);
            code.vpcmpeqd(vector, vector, vector);
        }
        code.inc(__qword_ptr[CallFrame.Arguments]);
        CallFrame.Leave(code);
    };

    private static AssembledCode Assemble(params Action<Assembler>[] functions)
    {
        Assert.SkipUnless(Simd.Level >= SimdLevel.Avx2, "the test's code needs AVX2");
        var code = AssembledCode.TryAssemble(functions);
        Assert.SkipWhen(code is null, "this system lets no program make code");
        return code!;
    }
}
