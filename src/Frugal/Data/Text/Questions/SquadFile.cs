using System.Text.Json;
using System.Text.Unicode;
using Frugal.Data.Files;
using Frugal.Interop;

namespace Frugal.Data.Text.Questions;

/// <summary>
/// Reads questions in the format of SQuAD 1.1 and 2.0 (Rajpurkar et al. 2016, 2018), an article at a time. An answer must stand where the file says that it starts; the file counts code points, the records UTF-16
/// code units.
/// </summary>
public static class SquadFile
{
    private static readonly JsonSerializerOptions options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <summary>The questions of a file, in its order.</summary>
    /// <exception cref="FrugalException">The file cannot be read or is not as it should be; the message says where.</exception>
    public static IReadOnlyList<QuestionAnswer> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(WholeFile.Read(path), path);
    }

    /// <summary>The questions of bytes that came from elsewhere.</summary>
    /// <param name="json">The file's content.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="FrugalException">They are not as they should be.</exception>
    public static IReadOnlyList<QuestionAnswer> Parse(ReadOnlySpan<byte> json, string source)
    {
        if (!Utf8.IsValid(json))
            throw new FrugalException($"{source} is not valid JSON: it is not UTF-8.");
        var questions = new List<QuestionAnswer>();
        try
        {
            ReadRoot(json, source, questions);
        }
        catch (JsonException error)
        {
            throw new FrugalException($"{source} is not valid SQuAD JSON: {error.Message.TrimEnd('.')}.", error);
        }
        catch (InvalidOperationException error)
        {
            throw new FrugalException($"{source} is not valid SQuAD JSON: it holds text that is not valid Unicode.", error);
        }
        if (questions.Count == 0)
            throw new FrugalException($"{source} has no questions; a SQuAD file is an object whose \"data\" is a list of articles.");
        if (questions.GroupBy(question => question.Id, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new FrugalException($"{source} has the question {Refusal.Quote(twice.Key)} {twice.Count()} times; each id must be there once.");
        return questions;
    }

    private static void ReadRoot(ReadOnlySpan<byte> json, string source, List<QuestionAnswer> questions)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = options.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new FrugalException($"{source} must hold a JSON object.");
        bool hasData = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isData = reader.ValueTextEquals("data"u8);
            reader.Read();
            if (!isData)
            {
                reader.Skip();
                continue;
            }
            if (hasData || reader.TokenType != JsonTokenType.StartArray)
                throw new FrugalException($"{source}: \"data\" must be there once, as a list of articles.");
            hasData = true;
            for (int article = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; article++)
                AddArticle(JsonSerializer.Deserialize<SquadArticle>(ref reader, options), $"{source}, data[{article}]", questions);
        }
        if (reader.Read())
            throw new FrugalException($"{source} has something after its object.");
    }

    private static void AddArticle(SquadArticle? article, string place, List<QuestionAnswer> questions)
    {
        foreach (var (p, paragraph) in Required(article?.Paragraphs, place, "paragraphs").Index())
        {
            string at = $"{place}.paragraphs[{p}]";
            string context = Required(paragraph?.Context, at, "context");
            var starts = new CodePoints(context);
            foreach (var (q, question) in Required(paragraph?.Qas, at, "qas").Index())
                questions.Add(Question(question, context, starts, $"{at}.qas[{q}]"));
        }
    }

    private static QuestionAnswer Question(SquadQuestion? question, string context, CodePoints starts, string place)
    {
        string id = Required(question?.Id, place, "id");
        Answer[] answers = question!.IsImpossible
            ? []
            : [.. Required(question.Answers, place, "answers").Index().Select(answer => AnswerAt(answer.Item, context, starts, $"{place} (question {Refusal.Quote(id)}).answers[{answer.Index}]"))];
        if (answers.Length == 0 && !question.IsImpossible)
            throw new FrugalException($"{place} (question {Refusal.Quote(id)}) has no answers and is not marked as impossible.");
        return new QuestionAnswer(id, Required(question.Question, place, "question"), context, answers);
    }

    private static Answer AnswerAt(SquadAnswer? answer, string context, CodePoints starts, string place)
    {
        string text = Required(answer?.Text, place, "text");
        int? start = starts.UnitAt(answer!.AnswerStart);
        if (text.Length > 0 && start is { } at && string.CompareOrdinal(context, at, text, 0, text.Length) == 0)
            return new Answer(text, at);
        string found = start is { } there && there < context.Length ? Refusal.Quote(context.Substring(there, Math.Min(text.Length, context.Length - there))) : "nothing";
        throw new FrugalException($"{place}: {Refusal.Quote(text)} does not stand at character {answer.AnswerStart} of the context; there is {found}.");
    }

    private static T Required<T>(T? value, string place, string key) where T : class => value ?? throw new FrugalException($"{place} has no \"{key}\".");
}
