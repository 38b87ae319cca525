package content

import "slices"

// Seeds reports whether Seed takes over records of a kind.
func Seeds(kind string) bool { return kind == "field" || slices.Contains(seeded, kind) }
