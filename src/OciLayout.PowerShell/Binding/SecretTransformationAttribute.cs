using System;
using System.Management.Automation;
using System.Security;

namespace OciLayout.PowerShell;

/// <summary>Converts text to a secure string, because modules emit tokens as either.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if (EngineObject.Base(inputData) is not string text) return inputData;
        var secret = new SecureString();
        foreach (var character in text) secret.AppendChar(character);
        secret.MakeReadOnly();
        return secret;
    }
}
