namespace Frugal.Catalogue.Binding;

/// <summary>How option names are spelled in a document.</summary>
public enum OptionNaming
{
    /// <summary><c>final-sparsity</c>: recipes, studies, results.</summary>
    Kebab,

    /// <summary><c>final_sparsity</c>: <c>config.json</c> in the Hugging Face layout.</summary>
    Snake,
}
