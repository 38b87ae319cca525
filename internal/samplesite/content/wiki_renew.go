package content

import (
	"slices"

	"holdfast/internal/samplesite/rawjson"
)

// Renew returns the file with a newer version of the same size and other bytes,
// as an upload under the same name makes it. The time is as Confluence writes it.
func (f File) Renew(created, author string) File {
	if len(f.Versions) == 0 {
		return f
	}
	v := f.Versions[0]
	v.Number++
	v.seed = mix(v.seed + uint64(v.Number))
	v.kind = noise // prose begins alike whatever its seed
	v.Body = rawjson.Object("createdAt", created, "message", "", "number", v.Number, "minorEdit", false, "authorId", author)
	f.Versions = slices.Insert(slices.Clone(f.Versions), 0, v)
	return f
}
