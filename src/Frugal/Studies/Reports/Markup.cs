using System.Net;

namespace Frugal.Studies.Reports;

/// <summary>Text made safe for HTML.</summary>
internal static class Markup
{
    public static string Escape(string text) => WebUtility.HtmlEncode(text);
}
