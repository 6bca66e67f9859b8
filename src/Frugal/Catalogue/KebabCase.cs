using System.Text;

namespace Frugal.Catalogue;

/// <summary>The two spellings of an option's name: <c>FinalSparsity</c> in C#, <c>final-sparsity</c> in a recipe.</summary>
public static class KebabCase
{
    /// <summary>Turns <c>FinalSparsity</c> or <c>finalSparsity</c> into <c>final-sparsity</c>. Digits stay with the word before them.</summary>
    public static string Of(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        for (int i = 0; i < name.Length; i++)
        {
            bool begins = i > 0 && char.IsUpper(name[i])
                && (!char.IsUpper(name[i - 1]) || (i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (begins)
                text.Append('-');
            text.Append(char.ToLowerInvariant(name[i]));
        }
        return text.ToString();
    }
}
