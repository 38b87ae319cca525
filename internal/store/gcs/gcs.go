// Package gcs keeps a store in a bucket of Google Cloud Storage, or in the part
// of one below a prefix.
//
// Every write, copy and deletion has a precondition, so that each may be sent
// again. An object carries the id of the write that made it in its metadata: when
// a reply is lost, or a repeated request fails on the precondition that our own
// first one broke, a look at the object tells whether it is ours. What the bucket
// says it stored is compared, in size and CRC32C, with what was sent.
//
// Time-outs of one request, the retries of passing faults and the watch over
// transfers that stall are this package's own; of the client library only the
// resending of chunks is used. See patience.
package gcs

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/option"

	"holdfast/internal/store"
)

// Store is a store.Store in a bucket.
type Store struct {
	client   *storage.Client
	bucket   string
	prefix   string // empty, or with a slash at its end
	patience patience
	buffers  *buffers
	signers  *signers
}

var (
	_ store.Store        = (*Store)(nil)
	_ store.FolderLister = (*Store)(nil)
	_ store.Linker       = (*Store)(nil)
)

// Open opens the store below prefix in a bucket, which has to exist. It uses the
// account that the environment names, by Google's Application Default
// Credentials: the file in GOOGLE_APPLICATION_CREDENTIALS, what gcloud left, or
// the identity of the machine or pod. Where STORAGE_EMULATOR_HOST is set, it asks
// the emulator there, without credentials. Open does not ask the bucket anything;
// store.Probe does. The options are for tests; they come last.
func Open(ctx context.Context, bucket, prefix string, opts ...option.ClientOption) (*Store, error) {
	prefix = strings.TrimSuffix(prefix, "/")
	if prefix != "" {
		if err := store.CheckName(prefix); err != nil {
			return nil, fmt.Errorf("open the store gs://%s/%s: the prefix is %w", bucket, prefix, err)
		}
		prefix += "/"
	}
	// Tokens are renewed long after Open's own context has ended.
	ctx = context.WithoutCancel(ctx)
	hc, err := newClient(ctx, opts)
	var client *storage.Client
	if err == nil {
		client, err = storage.NewClient(ctx, append([]option.ClientOption{option.WithHTTPClient(hc), storage.WithJSONReads()}, opts...)...)
	}
	if err != nil {
		return nil, fmt.Errorf("open the store gs://%s/%s: %w; %s", bucket, prefix, redacted(err), credentialsAdvice)
	}
	client.SetRetry(storage.WithPolicy(storage.RetryNever))
	emulator := os.Getenv("STORAGE_EMULATOR_HOST")
	return &Store{
		client: client, bucket: bucket, prefix: prefix, patience: defaultPatience(), buffers: newBuffers(),
		signers: &signers{client: hc, insecure: emulator != "" && !strings.HasPrefix(emulator, "https://")},
	}, nil
}

// Close gives up the store's connections.
func (s *Store) Close() error { return s.client.Close() }

// URL implements store.Store.
func (s *Store) URL() string {
	u := url.URL{Scheme: "gs", Host: s.bucket}
	if s.prefix != "" {
		u.Path = "/" + strings.TrimSuffix(s.prefix, "/")
	}
	return u.String()
}

// Stat implements store.Store.
func (s *Store) Stat(ctx context.Context, name string) (store.Object, error) {
	if err := s.checkName(name); err != nil {
		return store.Object{}, err
	}
	attrs, err := s.attrs(ctx, name)
	if err != nil {
		return store.Object{}, s.fault("stat", name, err)
	}
	return object(name, attrs), nil
}

// attrs asks for what the bucket knows of an object: one that is absent is
// store.ErrNotExist.
func (s *Store) attrs(ctx context.Context, name string) (attrs *storage.ObjectAttrs, err error) {
	err = s.try(ctx, func(ctx context.Context) error {
		attrs, err = s.object(name).Attrs(ctx)
		return err
	})
	return attrs, s.missing(ctx, err)
}

// checkName returns an error, which is store.ErrName, if the bucket can't have
// the name below the prefix.
func (s *Store) checkName(name string) error {
	if err := store.CheckName(name); err != nil {
		return err
	}
	if len(s.prefix)+len(name) > store.MaxName {
		return fmt.Errorf("%w: %.40q... and the prefix are longer than %d bytes", store.ErrName, name, store.MaxName)
	}
	return nil
}

func (s *Store) object(name string) *storage.ObjectHandle {
	return s.client.Bucket(s.bucket).Object(s.prefix + name)
}

// object describes what attrs do.
func object(name string, attrs *storage.ObjectAttrs) store.Object {
	return store.Object{
		Name: name, Size: attrs.Size, CRC32C: attrs.CRC32C, Generation: attrs.Generation, Updated: attrs.Updated.UTC(),
	}
}

// conditions says cond in the terms of the bucket.
func conditions(cond store.Condition) storage.Conditions {
	if cond.Absent() {
		return storage.Conditions{DoesNotExist: true}
	}
	return storage.Conditions{GenerationMatch: cond.Generation()}
}

// checkCondition returns an error, which is store.ErrPrecondition, if cond can't
// hold in any bucket: generations are positive.
func checkCondition(cond store.Condition) error {
	if err := cond.Check(); err != nil {
		return err
	}
	if cond.Generation() < 0 {
		return store.ErrPrecondition
	}
	return nil
}
