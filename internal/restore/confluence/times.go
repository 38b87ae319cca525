package confluence

import (
	"net/url"
	"time"
)

// sameTime reports whether two times are the same to the second, however written.
func sameTime(a, b string) bool {
	x, err1 := time.Parse(time.RFC3339, a)
	y, err2 := time.Parse(time.RFC3339, b)
	return err1 == nil && err2 == nil && x.Truncate(time.Second).Equal(y.Truncate(time.Second))
}

// anyStatus asks for a page or blog post whatever its status: without one, only what is
// current is found (OpenAPI).
func anyStatus(kind string) url.Values {
	if kind == blogKind {
		return query("status", "current", "status", "trashed", "status", "draft")
	}
	return query("status", "current", "status", "archived", "status", "trashed", "status", "draft")
}
