package links

import (
	"crypto/ecdh"
	"crypto/hpke"
	"fmt"
)

// A link is as good as a credential, and what workflows are answered with stays in
// their histories. So it travels sealed to a key that only who asks for it holds,
// for as long as the process lives: HPKE (RFC 9180) with DHKEM(X25519,
// HKDF-SHA256), HKDF-SHA256 and AES-256-GCM.

// Key is the key of who asks for links.
type Key struct{ private hpke.PrivateKey }

// NewKey makes a key.
func NewKey() (*Key, error) {
	private, err := kem().GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("make a key for links: %w", err)
	}
	return &Key{private}, nil
}

// Public is what Seal takes: message.LinkInput.PublicKey. It is no secret.
func (k *Key) Public() []byte { return k.private.PublicKey().Bytes() }

// Open opens what was sealed to k for a download, which the id of its workflow
// names. What was sealed for another one, or to another key, is an error.
func Open(k *Key, download string, sealed []byte) (address string, err error) {
	opened, err := hpke.Open(k.private, hpke.HKDFSHA256(), hpke.AES256GCM(), info(download), sealed)
	if err != nil {
		return "", fmt.Errorf("open the sealed link to %s: %w: ask for another one", download, err)
	}
	return string(opened), nil
}

// Seal seals an address to the public key of who asks for a link to a download.
func Seal(public []byte, download, address string) ([]byte, error) {
	key, err := kem().NewPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("the public key that a link to %s is to be sealed to: %w: it has to be one of X25519", download, err)
	}
	sealed, err := hpke.Seal(key, hpke.HKDFSHA256(), hpke.AES256GCM(), info(download), []byte(address))
	if err != nil {
		return nil, fmt.Errorf("seal the link to %s: %w", download, err)
	}
	return sealed, nil
}

func kem() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }

// info binds what is sealed to its purpose and to the download.
func info(download string) []byte { return []byte("holdfast link 1\n" + download) }
