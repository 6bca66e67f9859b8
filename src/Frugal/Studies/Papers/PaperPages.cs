using System.Text;
using Frugal.Interop;
using Frugal.Studies.Claims;
using Frugal.Studies.Reports;
using Frugal.Studies.Results;

namespace Frugal.Studies.Papers;

/// <summary>Writes what was measured into the pages that carry it: <c>docs/RESULTS.md</c> and the README of each paper.</summary>
public static class PaperPages
{
    private const string Begin = "<!-- measured: written by frugal reproduce --write -->", End = "<!-- end of measured -->";

    /// <summary>Writes the table of a study between the marks in its paper's README, and leaves the rest of the page alone.</summary>
    /// <exception cref="FrugalException">There is no such page, or it has no marks.</exception>
    public static void WriteMeasured(StudyResult result, string repository)
    {
        string path = Path.Combine(repository, "papers", result.Name, "README.md");
        if (!File.Exists(path))
            throw new FrugalException($"'{path}' does not exist: run this in a checkout of Frugal, where papers/{result.Name}/README.md is the page to write to.");
        string page = File.ReadAllText(path);
        int from = page.IndexOf(Begin, StringComparison.Ordinal), to = page.IndexOf(End, StringComparison.Ordinal);
        if (from < 0 || to < from)
            throw new FrugalException($"'{path}' has no place for results: put the lines '{Begin}' and '{End}' under 'Measured here'.");
        AtomicFile.WriteText(path, $"{page[..(from + Begin.Length)]}\n{MeasuredTable.Of(result)}{page[to..]}");
    }

    /// <summary>Writes the page of all reproductions.</summary>
    /// <exception cref="FrugalException">The file cannot be written.</exception>
    public static void WriteAll(IReadOnlyList<StudyResult> results, string path) => AtomicFile.WriteText(path, Page(results));

    internal static string Page(IReadOnlyList<StudyResult> results)
    {
        var page = new StringBuilder("# Reproductions\n\nWritten by `frugal reproduce --all`. A claim that fails is listed as failed.\n\n| paper | claims that hold | fail | unknown |\n| --- | ---: | ---: | ---: |\n");
        foreach (var result in results)
            page.Append($"| [{result.Name}](#{result.Name}) | {Count(result, ClaimOutcome.Holds)} | {Count(result, ClaimOutcome.Fails)} | {Count(result, ClaimOutcome.Unknown)} |\n");
        foreach (var result in results)
        {
            page.Append($"\n## {result.Name}\n\n");
            if (result.Paper is { } paper)
                page.Append($"{paper.Authors}, “{paper.Title}”, {paper.Year}{(paper.Arxiv is { } number ? $", arXiv {number}" : "")}.\nThe paper claims: {paper.Claim}\n\n");
            page.Append(MeasuredTable.Of(result));
        }
        return page.ToString();
    }

    private static int Count(StudyResult result, ClaimOutcome outcome) => result.Claims.Count(verdict => verdict.Outcome == outcome);
}
