package gcs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"cloud.google.com/go/auth"
	"cloud.google.com/go/storage"
	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"

	"holdfast/internal/store"
)

// errNoBucket means that the bucket itself is absent. It is not
// store.ErrNotExist, which would make a backup out of a mistyped address seem
// deleted.
var errNoBucket = errors.New("the bucket does not exist")

const credentialsAdvice = "let GOOGLE_APPLICATION_CREDENTIALS name a service account's key file, or give this machine or pod an identity of its own"

// missing tells which is absent, the object or the bucket, where err is the 404
// that both are answered with. Other errors stay as they are.
func (s *Store) missing(ctx context.Context, err error) error {
	switch {
	case !answered(err, http.StatusNotFound):
		return err
	case says(err, "no such object"): // first: the name follows, which can be anything
		return store.ErrNotExist
	case says(err, "bucket does not exist"):
		return errNoBucket
	}
	// Emulators and proxies use words of their own.
	lerr := s.try(ctx, func(ctx context.Context) error {
		it := s.client.Bucket(s.bucket).Objects(ctx, &storage.Query{Prefix: s.prefix + store.Reserved + "/"})
		it.PageInfo().MaxSize = 1
		if _, err := it.Next(); err != iterator.Done {
			return err
		}
		return nil
	})
	switch {
	case errors.Is(lerr, storage.ErrBucketNotExist):
		return errNoBucket
	case lerr != nil:
		return lerr
	}
	return store.ErrNotExist
}

// tokenAnswer returns the refusal of the service that gives tokens, nil where err
// is none. There are two libraries for tokens, and each is used for some.
func tokenAnswer(err error) *http.Response {
	var a *auth.Error
	if errors.As(err, &a) {
		return a.Response
	}
	var o *oauth2.RetrieveError
	if errors.As(err, &o) {
		return o.Response
	}
	return nil
}

// answered reports whether err is the service's answer with that status.
func answered(err error, status int) bool {
	var api *googleapi.Error
	return errors.As(err, &api) && api.Code == status
}

// says reports whether the service's answer has the words in it.
func says(err error, words string) bool {
	var api *googleapi.Error
	return errors.As(err, &api) && (strings.Contains(strings.ToLower(api.Message), words) || strings.Contains(strings.ToLower(api.Body), words))
}

// because reports whether the service gave one of the reasons, as
// https://docs.cloud.google.com/storage/docs/json_api/v1/status-codes lists them.
func because(api *googleapi.Error, reasons ...string) bool {
	return slices.ContainsFunc(api.Errors, func(item googleapi.ErrorItem) bool { return slices.Contains(reasons, item.Reason) })
}

// quota reports whether a refusal is one for the moment.
func quota(api *googleapi.Error) bool {
	return because(api, "rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded")
}

// held reports whether a refusal is for a retention policy or a hold. The service
// gives some of these no reason but "forbidden", so that its words count too.
func held(api *googleapi.Error) bool {
	words := strings.ToLower(api.Message + api.Body)
	return because(api, "retentionPolicyNotMet", "objectUnderActiveHold") ||
		strings.Contains(words, "cannot be deleted") && (strings.Contains(words, "retention") || strings.Contains(words, "hold"))
}

// mangled reports whether the service refused what was sent because its checksum
// is another: nothing is stored.
func mangled(api *googleapi.Error) bool {
	words := strings.ToLower(api.Message + api.Body)
	return api.Code == http.StatusBadRequest && strings.Contains(words, "match") && (strings.Contains(words, "crc32c") || strings.Contains(words, "md5"))
}

// fault says what was being done, in the errors of package store.
func (s *Store) fault(op, name string, err error) error {
	if err == nil {
		return nil
	}
	what := fmt.Sprintf("%s %s in %s", op, name, s.URL())
	for _, known := range []error{
		store.ErrNotExist, store.ErrPrecondition, store.ErrCorrupt, store.ErrRefused, store.ErrName, context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, known) {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	if errors.Is(err, errNoBucket) || errors.Is(err, storage.ErrBucketNotExist) {
		return fmt.Errorf("%s: %w; create it, or correct the address of the store", what, errNoBucket)
	}
	if tokenAnswer(err) != nil && !passing(err) {
		return fmt.Errorf("%s: %w: Google does not accept the credentials; %s", what, store.ErrRefused, credentialsAdvice)
	}
	var api *googleapi.Error
	if !errors.As(err, &api) {
		return fmt.Errorf("%s: %w", what, redacted(err))
	}
	switch told := message(api); {
	case api.Code == http.StatusPreconditionFailed:
		return fmt.Errorf("%s: %w", what, store.ErrPrecondition)
	case mangled(api):
		return fmt.Errorf("%s: %w: it was damaged on the way, and is not stored: %s", what, store.ErrCorrupt, told)
	case api.Code == http.StatusForbidden && held(api):
		return fmt.Errorf("%s: %w: %w: %s", what, store.ErrRefused, store.ErrHeld, told)
	case passing(api):
		return fmt.Errorf("%s: %w", what, redacted(err))
	case api.Code == http.StatusUnauthorized:
		return fmt.Errorf("%s: %w: %s; %s", what, store.ErrRefused, told, credentialsAdvice)
	case api.Code == http.StatusForbidden:
		return fmt.Errorf("%s: %w: %s; give the account the role roles/storage.objectAdmin on the bucket", what, store.ErrRefused, told)
	}
	return fmt.Errorf("%s: %w", what, redacted(err))
}

// message is what the service says, cut short: it may be a page of a proxy.
func message(api *googleapi.Error) string {
	text := api.Message
	if text == "" {
		text = http.StatusText(api.Code)
	}
	return fmt.Sprintf("%d %.300s", api.Code, text)
}

// plain is an error whose text names no session of an upload, which is as good as
// a credential.
type plain struct {
	text string
	err  error
}

func (p *plain) Error() string { return p.text }

// Unwrap returns the error that is told.
func (p *plain) Unwrap() error { return p.err }

// redacted returns err with a text that is fit for logs.
func redacted(err error) error {
	var api *googleapi.Error
	if errors.As(err, &api) {
		return &plain{"the service answers " + message(api), err}
	}
	if answer := tokenAnswer(err); answer != nil {
		return &plain{"the service that gives tokens answers " + answer.Status, err}
	}
	text := err.Error()
	var u *url.Error
	if errors.As(err, &u) {
		text = u.Op + ": " + u.Err.Error()
	}
	// Errors of the library and of net/http quote addresses.
	text = regexp.MustCompile(`\?[^\s"]*`).ReplaceAllString(text, "")
	return &plain{fmt.Sprintf("%.500s", text), err}
}
