package gcs

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"time"

	"cloud.google.com/go/storage"
)

// maxLink is how long a link can work: the service takes no signature for longer.
const maxLink = 7 * 24 * time.Hour

// Link implements store.Linker by a signed URL of version 4. Whoever has it can
// fetch the object with GET, in ranges too; the service does not ask whether the
// object is there before that.
func (s *Store) Link(ctx context.Context, name, file string, until time.Time) (string, error) {
	if err := s.checkName(name); err != nil {
		return "", err
	}
	const op = "make a link to"
	switch left := time.Until(until); {
	case left < time.Second:
		return "", s.fault(op, name, errors.New("it would have ended already: is the clock of this host right?"))
	case left > maxLink:
		return "", s.fault(op, name, fmt.Errorf("it would work for %v: the service makes none for more than %v", left, maxLink))
	}
	signer, err := s.signers.find(ctx)
	if err != nil {
		return "", s.fault(op, name, err)
	}
	link, err := s.client.Bucket(s.bucket).SignedURL(s.prefix+name, &storage.SignedURLOptions{
		Scheme: storage.SigningSchemeV4, Method: http.MethodGet, Expires: until,
		GoogleAccessID: signer.account, SignBytes: func(text []byte) ([]byte, error) { return s.sign(ctx, signer, text) },
		QueryParameters: url.Values{"response-content-disposition": {mime.FormatMediaType("attachment", map[string]string{"filename": file})}},
		Insecure:        s.signers.insecure,
	})
	if err != nil {
		return "", s.fault(op, name, err)
	}
	return link, nil
}
