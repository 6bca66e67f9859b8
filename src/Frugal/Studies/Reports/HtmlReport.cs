using System.Reflection;
using System.Text;
using Frugal.Interop;
using Frugal.Studies.Results;
using static Frugal.Studies.Reports.Markup;

namespace Frugal.Studies.Reports;

/// <summary>The report of a study as one HTML file that needs no network: table, charts, claims, recipes and the machine.</summary>
public static class HtmlReport
{
    /// <summary>Writes the page.</summary>
    /// <exception cref="FrugalException">The file cannot be written.</exception>
    public static void Write(StudyResult result, string path) => AtomicFile.WriteText(path, Page(result));

    internal static string Page(StudyResult result)
    {
        var page = new StringBuilder();
        page.AppendLine("<!doctype html>").AppendLine("<html lang=\"en\"><head><meta charset=\"utf-8\">")
            .AppendLine("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .AppendLine($"<title>{Escape(result.Title)}</title>").AppendLine($"<style>{StyleSheet()}{TabRules()}</style></head><body>");
        Heading(page, result);
        ReportTable.Write(page, result);
        ReportCharts.WritePareto(page, result);
        Verdicts(page, result);
        ReportCharts.WriteSteps(page, result);
        ReportCharts.WriteCurves(page, result);
        ReportCharts.WriteSparsity(page, result);
        Recipes(page, result);
        Machine(page, result);
        return page.AppendLine("</body></html>").ToString();
    }

    private static void Heading(StringBuilder page, StudyResult result)
    {
        page.AppendLine($"<h1>{Escape(result.Title)}</h1>");
        string seeds = result.Seeds.Count == 1 ? "1 seed" : $"{result.Seeds.Count} seeds";
        page.AppendLine($"<p class=\"facts\">{Escape(result.Name)} · {result.Arms.Count} arms on {Escape(result.Data)} · {seeds} · {result.Finished:yyyy-MM-dd HH:mm} · Frugal {Escape(RunKey.Version)}</p>");
        if (result.Paper is { } paper)
        {
            string link = paper.Arxiv is { } number ? $", <a href=\"https://arxiv.org/abs/{Escape(number)}\">arXiv {Escape(number)}</a>" : "";
            page.AppendLine($"<p>Reproduces, at small scale: {Escape(paper.Authors)}, “{Escape(paper.Title)}”, {paper.Year}{link}.</p>");
            page.AppendLine($"<p>The paper claims: {Escape(paper.Claim)}</p>");
        }
    }

    private static void Verdicts(StringBuilder page, StudyResult result)
    {
        foreach (var budget in result.Budgets.Where(budget => !budget.Holds))
            page.AppendLine($"<p class=\"remark bad\">Not a fair comparison: {Escape(BudgetText.Of(budget))}.</p>");
        if (result.Claims.Count == 0)
            return;
        page.AppendLine("<h2>Claims</h2><div class=\"scroll\"><table><tr><th></th><th class=\"words\">claim</th><th class=\"words\">measured</th></tr>");
        foreach (var verdict in result.Claims)
        {
            string outcome = verdict.Outcome.ToString().ToLowerInvariant();
            page.AppendLine($"<tr><td class=\"{outcome}\">{outcome}</td><td class=\"words\"><code>{Escape(verdict.Claim.Text)}</code></td><td class=\"words\">{Escape(ClaimText.Detail(verdict))}</td></tr>");
        }
        page.AppendLine("</table></div>");
    }

    private static void Recipes(StringBuilder page, StudyResult result)
    {
        page.AppendLine("<h2>Recipes</h2><p class=\"small\">Every option written out, as it was run; each of them is a file for <code>frugal run</code>.</p>");
        foreach (var arm in result.Arms.Where(arm => arm.Runs.Count > 0))
        {
            page.AppendLine($"<details><summary>{Escape(arm.Name)}</summary><pre>{Escape(arm.Runs[0].Recipe)}</pre>");
            foreach (string note in arm.Runs.SelectMany(run => run.Notes).Distinct())
                page.AppendLine($"<p class=\"small\">{Escape(note)}</p>");
            page.AppendLine("</details>");
        }
    }

    private static void Machine(StringBuilder page, StudyResult result)
    {
        var machine = result.Machine;
        string gpus = machine.Gpus.Count == 0 ? "none" : string.Join(", ", machine.Gpus);
        page.AppendLine("<h2>Machine</h2>");
        page.AppendLine($"<p>{Escape(machine.Processor)}, {machine.UsableProcessors} processors in use, {machine.Simd} kernels, {Quantity.Bytes(machine.MemoryBytes)} of memory, GPU: {Escape(gpus)}.</p>");
        page.AppendLine($"<p>{Escape(machine.OperatingSystem)}, {Escape(machine.DotNet)}, libtorch {Escape(machine.LibTorch ?? "?")}.</p>");
        page.AppendLine("<p class=\"small\">Latency is the median of calls made in turns with the baseline on this machine; × is the median of the paired ratios. Peak memory is that of the whole process, runtime and data included.</p>");
    }

    // Which figure of a group is shown follows the radio button before it, so that the page needs no script.
    private static string TabRules()
    {
        var rules = new StringBuilder();
        for (int i = 1; i <= ReportCharts.MostTabs; i++)
            rules.Append(System.Globalization.CultureInfo.InvariantCulture, $".tabs input:nth-of-type({i}):checked ~ figure:nth-of-type({i}){{display:block}}");
        return rules.ToString();
    }

    private static string StyleSheet()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
