package gcs

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"

	"cloud.google.com/go/auth/credentials"
	"cloud.google.com/go/compute/metadata"
	"google.golang.org/api/googleapi"
	iam "google.golang.org/api/iamcredentials/v1"
	"google.golang.org/api/option"

	"holdfast/internal/store"
)

// signer is who signs links: by its own key, or by a call to IAM where it has none.
type signer struct {
	account string // email of a service account
	key     *rsa.PrivateKey
}

// signers finds the signer once.
type signers struct {
	client   *http.Client // with the account's tokens
	iam      string       // endpoint of IAM; empty is Google's
	insecure bool         // links are to an emulator that speaks no TLS

	mu    sync.Mutex
	found *signer
}

// find returns the signer of the account that the environment names.
func (s *signers) find(ctx context.Context) (*signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.found != nil {
		return s.found, nil
	}
	found, err := findSigner(ctx)
	if err != nil {
		return nil, err
	}
	s.found = found
	return found, nil
}

func findSigner(ctx context.Context) (*signer, error) {
	if os.Getenv("STORAGE_EMULATOR_HOST") != "" {
		if data, err := os.ReadFile(os.Getenv("GOOGLE_APPLICATION_CREDENTIALS")); err == nil {
			return signerOf(data)
		}
		// Emulators look at no signature, but expect one.
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		return &signer{account: "emulator@holdfast.iam.gserviceaccount.com", key: key}, err
	}
	found, err := credentials.DetectDefault(&credentials.DetectOptions{Scopes: []string{scope}})
	if err != nil {
		return nil, fmt.Errorf("%w: %w; %s", store.ErrRefused, redacted(err), credentialsAdvice)
	}
	if data := found.JSON(); len(data) > 0 {
		return signerOf(data)
	}
	account, err := metadata.EmailWithContext(ctx, "default")
	if err != nil {
		return nil, fmt.Errorf("ask this machine for the name of its account: %w", redacted(err))
	}
	return &signer{account: account}, nil
}

// signerOf returns the signer that a file of credentials describes.
func signerOf(data []byte) (*signer, error) {
	var file struct {
		Type          string `json:"type"`
		Email         string `json:"client_email"`
		Key           string `json:"private_key"`
		Impersonation string `json:"service_account_impersonation_url"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("%w: the file of credentials can't be read; %s", store.ErrRefused, credentialsAdvice)
	}
	switch {
	case file.Email != "" && file.Key != "":
		key, err := parseKey(file.Key)
		if err != nil {
			return nil, fmt.Errorf("%w: the key of account %s: %w; make a new key file", store.ErrRefused, file.Email, err)
		}
		return &signer{file.Email, key}, nil
	case file.Impersonation != "": // …/serviceAccounts/ACCOUNT:generateAccessToken
		account, _, _ := strings.Cut(file.Impersonation[strings.LastIndexByte(file.Impersonation, '/')+1:], ":")
		return &signer{account: account}, nil
	}
	return nil, fmt.Errorf("%w: credentials of the type %q can't sign: downloads need a service account, by its key file, the identity of this machine or pod, or impersonation",
		store.ErrRefused, file.Type)
}

func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("it is not in PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("it is neither PKCS #1 nor PKCS #8")
	}
	if own, ok := key.(*rsa.PrivateKey); ok {
		return own, nil
	}
	return nil, errors.New("it is not one of RSA")
}

// sign signs a text with RSA and SHA-256 (PKCS #1 v1.5), as version 4 of signed
// URLs has it.
func (s *Store) sign(ctx context.Context, by *signer, text []byte) (signature []byte, err error) {
	if by.key != nil {
		sum := sha256.Sum256(text)
		return rsa.SignPKCS1v15(rand.Reader, by.key, crypto.SHA256, sum[:])
	}
	opts := []option.ClientOption{option.WithHTTPClient(s.signers.client)}
	if s.signers.iam != "" {
		opts = append(opts, option.WithEndpoint(s.signers.iam))
	}
	service, err := iam.NewService(ctx, opts...)
	if err != nil {
		return nil, err
	}
	var answer *iam.SignBlobResponse
	err = s.try(ctx, func(ctx context.Context) error {
		answer, err = service.Projects.ServiceAccounts.SignBlob("projects/-/serviceAccounts/"+by.account,
			&iam.SignBlobRequest{Payload: base64.StdEncoding.EncodeToString(text)}).Context(ctx).Do()
		return err
	})
	var api *googleapi.Error
	if errors.As(err, &api) && !passing(err) {
		return nil, fmt.Errorf("%w: account %s may not sign: IAM answers %s; give it the permission iam.serviceAccounts.signBlob on itself "+
			"(the role roles/iam.serviceAccountTokenCreator), and enable the API iamcredentials.googleapis.com in its project", store.ErrRefused, by.account, message(api))
	}
	if err != nil {
		return nil, fmt.Errorf("have IAM sign for account %s: %w", by.account, err)
	}
	return base64.StdEncoding.DecodeString(answer.SignedBlob)
}
