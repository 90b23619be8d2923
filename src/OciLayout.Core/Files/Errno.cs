namespace OciLayout.Files;

/// <summary>The error numbers of Unix. Where macOS has another number than Linux, the second constant has the suffix Mac.</summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int ENXIO = 6;
    public const int EAGAIN = 11;
    public const int EAGAINMac = 35;
    public const int EACCES = 13;
    public const int EEXIST = 17;
    public const int ENOTDIR = 20;
    public const int EISDIR = 21;
    public const int EINVAL = 22;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int ENAMETOOLONG = 36;
    public const int ENAMETOOLONGMac = 63;
    public const int ENOSYS = 38;
    public const int ELOOP = 40;
    public const int ELOOPMac = 62;
    public const int ENOTSUPMac = 45;
    public const int EOPNOTSUPP = 95;
    public const int EDQUOT = 122;
    public const int EDQUOTMac = 69;
}
