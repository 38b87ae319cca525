// Package storeurl opens the store that an address names.
package storeurl

import (
	"context"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"holdfast/internal/store"
	"holdfast/internal/store/dir"
	"holdfast/internal/store/gcs"
)

// bucketName is what a bucket can be called, as
// https://docs.cloud.google.com/storage/docs/buckets#naming says.
const bucketName = `^[a-z0-9][a-z0-9_.-]{1,220}[a-z0-9]$`

// Open opens the store at an address: "file:///var/backups", "gs://bucket" or
// "gs://bucket/prefix". It does not look whether the store can be written, or
// whether the bucket exists; store.Probe does. An address that makes no sense is
// an *AddressError.
func Open(ctx context.Context, address string) (store.Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, wrong("open the store: %q is not an address; write it as file:///path or gs://bucket/prefix", address)
	}
	switch u.Scheme {
	case "file":
		if u.Host != "" || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" || !filepath.IsAbs(u.Path) {
			return nil, wrong("open the store %q: write a directory as file:///path, with three slashes and nothing behind the path", address)
		}
		return dir.Open(filepath.FromSlash(u.Path))
	case "gs":
		if u.User != nil || u.Port() != "" || u.Opaque != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
			return nil, wrong("open the store %q: write a bucket as gs://bucket/prefix, with nothing before or behind; credentials come from the environment", u.Redacted())
		}
		if !regexp.MustCompile(bucketName).MatchString(u.Host) {
			return nil, wrong("open the store %q: %q is no name of a bucket; write gs://bucket/prefix", address, u.Host)
		}
		return gcs.Open(ctx, u.Host, strings.TrimPrefix(u.Path, "/"))
	case "":
		return nil, wrong("open the store %q: the address has no scheme; write a directory as file:///path, a bucket as gs://bucket/prefix", address)
	}
	return nil, wrong("open the store %q: %s:// is not supported; use file:///path or gs://bucket/prefix", address, u.Scheme)
}
