package atlassian

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"strings"
	"sync"

	"holdfast/internal/secretfile"
)

// ErrNoCredential means that this process holds no credential of that name.
var ErrNoCredential = errors.New("no such credential here")

// Credential is an account at Atlassian. However it is printed, the token does
// not appear.
type Credential struct {
	Name  string // under which policies refer to it
	Email string // with an API token; empty where Token is sent as a bearer token
	Token string
	// Gateway says that the token is a scoped one, which works only through
	// https://api.atlassian.com/ex/{product}/{cloudId}.
	Gateway bool
}

// String describes the credential without its token.
func (c Credential) String() string {
	s := "credential " + c.Name
	if c.Email != "" {
		s += " of " + c.Email
	}
	if c.Gateway {
		s += " (scoped)"
	}
	return s
}

// GoString is String: %#v must not show the token either.
func (c Credential) GoString() string { return c.String() }

// Format writes String for every verb: fmt would look into the struct for some.
func (c Credential) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue is String.
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON writes the name alone: a credential never travels.
func (c Credential) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name string `json:"name"`
	}{c.Name})
}

// Credentials are the credentials that a process holds, by name. They are safe
// for concurrent use.
type Credentials struct {
	getenv func(string) string

	mu     sync.Mutex
	file   *secretfile.File // nil where there is none
	byName map[string]Credential
}

// LoadCredentials reads the JSON file at path:
//
//	{"acme": {"email": "backup@acme.example", "token": "…"},
//	 "beta": {"token": "…", "gateway": true}}
//
// A Lookup after the file changed sees the change. The environment comes
// before the file: HOLDFAST_CREDENTIAL_<NAME>_EMAIL, _TOKEN and _GATEWAY, with
// the name in upper case and "_" for every character but letters and digits. With
// an empty path there is only the environment. A file that others than its
// owner can read is refused.
func LoadCredentials(path string) (*Credentials, error) {
	c := &Credentials{getenv: os.Getenv}
	if path != "" {
		c.file = secretfile.New(path, "credentials")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.read(); err != nil {
		return nil, err
	}
	return c, nil
}

// StaticCredentials are credentials that never change; Name is set from the key.
func StaticCredentials(byName map[string]Credential) *Credentials {
	c := &Credentials{byName: maps.Clone(byName), getenv: func(string) string { return "" }}
	for name, cred := range c.byName {
		cred.Name = name
		c.byName[name] = cred
	}
	return c
}

// Lookup returns the credential of that name. The error wraps ErrNoCredential
// where there is none.
func (c *Credentials) Lookup(name string) (Credential, error) {
	prefix := "HOLDFAST_CREDENTIAL_" + envName(name)
	if token := c.getenv(prefix + "_TOKEN"); token != "" {
		return Credential{
			Name: name, Email: c.getenv(prefix + "_EMAIL"), Token: token,
			Gateway: c.getenv(prefix+"_GATEWAY") == "true",
		}, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.read(); err != nil {
		return Credential{}, err
	}
	cred, ok := c.byName[name]
	if !ok {
		return Credential{}, fmt.Errorf("credential %q: %w: add it to the credentials file, or set %s_TOKEN", name, ErrNoCredential, prefix)
	}
	return cred, nil
}

func envName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
}

// read reads the file where it changed since the last time. A file that is
// absent holds nothing: it may come later.
func (c *Credentials) read() error {
	if c.file == nil {
		return nil
	}
	return c.file.Update(func(content []byte) (err error) {
		byName := map[string]Credential{}
		if content != nil {
			byName, err = parseCredentials(content)
		}
		if err == nil {
			c.byName = byName
		}
		return err
	})
}

// parseCredentials never quotes the file in its errors.
func parseCredentials(data []byte) (map[string]Credential, error) {
	var file map[string]struct {
		Email   string `json:"email"`
		Token   string `json:"token"`
		Gateway bool   `json:"gateway"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf(`not of the form {"name": {"email": "…", "token": "…", "gateway": false}} (byte %d)`, dec.InputOffset())
	}
	byName := make(map[string]Credential, len(file))
	for name, f := range file {
		if f.Token == "" {
			return nil, fmt.Errorf("credential %q has no token", name)
		}
		byName[name] = Credential{Name: name, Email: f.Email, Token: f.Token, Gateway: f.Gateway}
	}
	return byName, nil
}
