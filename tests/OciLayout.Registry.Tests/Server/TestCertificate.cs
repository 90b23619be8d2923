using System;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OciLayout.Tests.Registry.Server;

/// <summary>A certification authority and a certificate that it issued for 127.0.0.1 and localhost, made for one test.</summary>
internal sealed class TestCertificate : IDisposable
{
    private readonly ECDsa _authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <param name="host">A further DNS name of the certificate; null for none.</param>
    public TestCertificate(string? host = null)
    {
        var now = DateTimeOffset.UtcNow;
        var request = new CertificateRequest("CN=Test authority " + Guid.NewGuid(), _authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        Authority = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));

        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("localhost");
        if (host is not null) names.AddDnsName(host);
        var server = new CertificateRequest("CN=localhost", _key, HashAlgorithmName.SHA256);
        server.CertificateExtensions.Add(names.Build());
        server.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        server.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        using var issued = server.Create(Authority, now.AddDays(-1), now.AddDays(1), Guid.NewGuid().ToByteArray());
        using var withKey = issued.CopyWithPrivateKey(_key);
        // Schannel and Kestrel need a key that is not only in memory.
        Server = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
        CertificatePem = issued.ExportCertificatePem();
    }

    /// <summary>The certificate of the authority, without its key.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>The certificate of the server with its key.</summary>
    public X509Certificate2 Server { get; }

    /// <summary>The certificate of the server as PEM.</summary>
    public string CertificatePem { get; }

    /// <summary>The key of the server as PEM.</summary>
    public string KeyPem => _key.ExportPkcs8PrivateKeyPem();

    public void Dispose()
    {
        Authority.Dispose();
        Server.Dispose();
        _authorityKey.Dispose();
        _key.Dispose();
    }
}
