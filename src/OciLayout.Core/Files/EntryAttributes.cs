using System;

namespace OciLayout.Files;

/// <summary>The attributes that an entry of a directory gets. Null leaves a value. Windows has the time only.</summary>
/// <param name="Mode">The permission bits with setuid, setgid and the sticky bit. The umask does not apply to them.</param>
/// <param name="Owner">The numbers of the user and the group.</param>
/// <param name="Modified">The modification time.</param>
internal readonly record struct EntryAttributes(int? Mode, (uint User, uint Group)? Owner, DateTimeOffset? Modified);
