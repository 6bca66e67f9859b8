using System.Text;
using Frugal.Data.Text.Questions;
using Frugal.Tests.Interop;

namespace Frugal.Tests.Data.Text.Questions;

public class SquadFileTests
{
    private const string Valid = """
        {"version": "v2.0", "data": [{"title": "T", "paragraphs": [{"context": "\ud83d\ude00 Ann lives in Oslo.", "qas": [
          {"id": "1", "question": "Where?", "answers": [{"text": "Oslo", "answer_start": 15}, {"text": "in Oslo", "answer_start": 12}], "is_impossible": false},
          {"id": "2", "question": "Why?", "answers": [], "plausible_answers": [{"text": "Ann", "answer_start": 2}], "is_impossible": true}]}]},
          {"paragraphs": [{"context": "Bo.", "qas": [{"id": "3", "question": "Who?", "answers": [{"text": "Bo", "answer_start": 0}]}]}]}]}
        """;

    private static IReadOnlyList<QuestionAnswer> Parse(string json) => SquadFile.Parse(Encoding.UTF8.GetBytes(json), "s.json");

    private static string Fault(string from, string to)
    {
        Assert.Contains(from, Valid);
        return Assert.Throws<FrugalException>(() => Parse(Valid.Replace(from, to, StringComparison.Ordinal))).Message;
    }

    [Fact]
    public void Questions_of_both_versions_are_read()
    {
        var questions = Parse(Valid);
        Assert.Equal(["1", "2", "3"], questions.Select(question => question.Id));
        Assert.Equal([false, true, false], questions.Select(question => question.IsImpossible));
        Assert.Equal("Where?", questions[0].Question);
    }

    [Fact]
    public void Starts_are_counted_in_code_points_and_given_in_utf16()
    {
        var question = Parse(Valid)[0];
        Assert.Equal([new Answer("Oslo", 16), new Answer("in Oslo", 13)], question.Answers);
        Assert.All(question.Answers, answer => Assert.Equal(answer.Text, question.Context[answer.Start..answer.End]));
    }

    [Fact]
    public void Faults_say_where_they_are()
    {
        Assert.Contains("s.json, data[0].paragraphs[0].qas[0] (question '1').answers[0]: 'Oslo' does not stand at character 14 of the context; there is ' Osl'", Fault("\"answer_start\": 15", "\"answer_start\": 14"));
        Assert.Contains("there is nothing", Fault("\"answer_start\": 15", "\"answer_start\": 99"));
        Assert.Contains("there is nothing", Fault("\"answer_start\": 15", "\"answer_start\": -1"));
        Assert.Contains("qas[1] (question '2') has no answers and is not marked as impossible", Fault("\"is_impossible\": true", "\"is_impossible\": false"));
        Assert.Contains("data[1].paragraphs[0] has no \"context\"", Fault("\"context\": \"Bo.\", ", ""));
        Assert.Contains("data[1].paragraphs[0].qas[0] has no \"id\"", Fault("\"id\": \"3\", ", ""));
        Assert.Contains("has the question '1' 2 times", Fault("\"id\": \"2\"", "\"id\": \"1\""));
        Assert.Contains("LineNumber: 1", Fault("[{\"text\": \"Oslo\"", "[{\"text\": 5"));
        Assert.Contains("not valid SQuAD JSON", Fault("\\ud83d\\ude00", "\\ud83d"));
        Assert.Contains("no questions", Fault("\"data\"", "\"date\""));
        Assert.Contains("not valid SQuAD JSON", Assert.Throws<FrugalException>(() => Parse(Valid + "[]")).Message);
        Assert.Contains("must hold a JSON object", Assert.Throws<FrugalException>(() => Parse("[]")).Message);
        Assert.Contains("not UTF-8", Assert.Throws<FrugalException>(() => SquadFile.Parse([0x7B, 0xFF], "s.json")).Message);
    }

    [Fact]
    public void Damaged_files_are_refused_or_read_whole()
    {
        byte[] seed = Encoding.UTF8.GetBytes(Valid);
        var random = new Random(1);
        int read = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] input = Mutation.Of(seed, random, ["{", "}", "[", "]", "\"", ":", ",", "null", "\\ud800", "-1", "1e99", "\"data\":", "\"qas\":[]"]);
            try
            {
                foreach (var question in SquadFile.Parse(input, "mutation"))
                    Assert.All(question.Answers, answer => Assert.Equal(answer.Text, question.Context[answer.Start..answer.End]));
                read++;
            }
            catch (FrugalException)
            {
                // Refused, as it may be.
            }
        }
        Assert.InRange(read, 1, 2999);
    }
}
