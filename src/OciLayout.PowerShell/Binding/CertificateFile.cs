using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OciLayout.PowerShell;

/// <summary>Reads certificates from a file in the PEM or DER format.</summary>
internal static class CertificateFile
{
    private const string Begin = "-----BEGIN CERTIFICATE-----";
    private const string End = "-----END CERTIFICATE-----";

    /// <summary>Reads all certificates of a file.</summary>
    /// <exception cref="OciArgumentException">The file has no certificate.</exception>
    public static IReadOnlyList<X509Certificate2> Read(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            var text = System.Text.Encoding.ASCII.GetString(bytes);
            var result = new List<X509Certificate2>();
            for (var at = text.IndexOf(Begin, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Begin, at + Begin.Length, StringComparison.Ordinal))
            {
                var start = at + Begin.Length;
                var end = text.IndexOf(End, start, StringComparison.Ordinal);
                if (end < 0) throw new FormatException("a certificate has no end");
                result.Add(Load(Convert.FromBase64String(text.Substring(start, end - start))));
            }

            return result.Count > 0 ? result : [Load(bytes)];
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            throw new OciArgumentException("InvalidCertificate", $"'{path}' is not a certificate in the PEM or DER format.", "Check the file.", e);
        }
    }

#if NET
    private static X509Certificate2 Load(byte[] bytes) => X509CertificateLoader.LoadCertificate(bytes);
#else
    private static X509Certificate2 Load(byte[] bytes) => new(bytes);
#endif
}
