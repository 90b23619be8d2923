using System;

namespace OciLayout.Archives;

/// <summary>The attributes of an entry. An attribute whose field cannot be parsed is null.</summary>
/// <param name="Mode">The permission bits, with setuid, setgid and sticky.</param>
/// <param name="UserId">The number of the owner.</param>
/// <param name="GroupId">The number of the group.</param>
/// <param name="Modified">The modification time, limited to the range of the type.</param>
internal readonly record struct TarAttributes(int? Mode, long? UserId, long? GroupId, DateTimeOffset? Modified);
