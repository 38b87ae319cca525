package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"holdfast/internal/devserver"
)

// authority makes certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	path string // of its certificate
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t, path: filepath.Join(t.TempDir(), name+".pem")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, key := a.sign(template)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	a.cert, a.key = cert, key
	write(t, a.path, "CERTIFICATE", der)
	return a
}

// sign signs a certificate; the first one by itself.
func (a *authority) sign(template *x509.Certificate) ([]byte, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	parent, by := a.cert, a.key
	if parent == nil {
		parent, by = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
	require.NoError(a.t, err)
	return der, key
}

// issue writes a certificate for localhost and its key, and returns their paths.
func (a *authority) issue(name string) (cert, key string) {
	a.t.Helper()
	der, private := a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(a.t, err)
	dir := a.t.TempDir()
	cert, key = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	write(a.t, cert, "CERTIFICATE", der)
	write(a.t, key, "PRIVATE KEY", pkcs8)
	return cert, key
}

func write(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

// front listens with TLS before a server that has none, as a proxy of a cluster
// does; it takes clients of the authority only.
func front(t *testing.T, ca *authority, behind string) (address string) {
	t.Helper()
	certFile, keyFile := ca.issue("server")
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
	})
	require.NoError(t, err)
	var open sync.WaitGroup
	open.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() { join(t, from, behind) })
		}
	})
	t.Cleanup(func() { require.NoError(t, l.Close()); open.Wait() })
	return l.Addr().String()
}

// join passes bytes on until either side ends.
func join(t *testing.T, from net.Conn, behind string) {
	defer from.Close()
	if tlsConn, ok := from.(*tls.Conn); ok && tlsConn.HandshakeContext(t.Context()) != nil {
		return
	}
	to, err := net.Dial("tcp", behind)
	if err != nil {
		return
	}
	defer to.Close()
	go func() { _, _ = io.Copy(to, from); to.Close() }()
	_, _ = io.Copy(from, to)
}

func TestTLS(t *testing.T) {
	server, err := devserver.Start(t.Context(), devserver.Config{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	ours, other := newAuthority(t, "ours"), newAuthority(t, "other")
	address := front(t, ours, server.Addr())
	cert, key := ours.issue("worker")
	strange, strangeKey := other.issue("stranger")
	profiles := filepath.Join(t.TempDir(), "temporal.toml")
	require.NoError(t, os.WriteFile(profiles, []byte(`
[profile.team]
address = "`+address+`"
[profile.team.tls]
server_ca_cert_path = "`+ours.path+`"
client_cert_path = "`+cert+`"
client_key_path = "`+key+`"
`), 0o600))
	env := func(ca, cert, key string) map[string]string {
		return map[string]string{
			"TEMPORAL_TLS": "true", "TEMPORAL_TLS_SERVER_CA_CERT_PATH": ca,
			"TEMPORAL_TLS_CLIENT_CERT_PATH": cert, "TEMPORAL_TLS_CLIENT_KEY_PATH": key,
		}
	}
	for name, tc := range map[string]struct {
		options Options
		env     map[string]string
		fails   []string
	}{
		"the environment":                               {options: Options{Address: address}, env: env(ours.path, cert, key)},
		"a profile of a file":                           {options: Options{ConfigFile: profiles, Profile: "team"}},
		"a profile of a file, named by the environment": {env: map[string]string{"TEMPORAL_CONFIG_FILE": profiles, "TEMPORAL_PROFILE": "team"}},
		"the wrong authority": {
			options: Options{Address: address}, env: env(other.path, cert, key),
			fails: []string{"certificate signed by unknown authority", "TEMPORAL_TLS_SERVER_CA_CERT_PATH"},
		},
		"the wrong name": {
			options: Options{Address: address}, fails: []string{"x509", "TEMPORAL_TLS_SERVER_NAME"},
			env: map[string]string{"TEMPORAL_TLS": "true", "TEMPORAL_TLS_SERVER_CA_CERT_PATH": ours.path, "TEMPORAL_TLS_SERVER_NAME": "elsewhere"},
		},
		"a certificate that the cluster does not know": {
			options: Options{Address: address}, env: env(ours.path, strange, strangeKey),
			fails: []string{"TEMPORAL_TLS_CLIENT_CERT_PATH"},
		},
		"no TLS at all":   {options: Options{Address: address}, fails: []string{"connect to Temporal at " + address, "TLS"}},
		"no such profile": {options: Options{ConfigFile: profiles, Profile: "nowhere"}, fails: []string{"nowhere"}},
		"no such file":    {options: Options{ConfigFile: profiles + ".late"}, fails: []string{"correct --config-file"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TEMPORAL_CONFIG_FILE", filepath.Join(t.TempDir(), "none.toml"))
			for k, v := range tc.env {
				t.Setenv(k, v)
			}
			tc.options.Namespace = server.Namespace()
			c, _, err := Dial(t.Context(), tc.options)
			if tc.fails == nil {
				require.NoError(t, err)
				defer c.Close()
				_, err = c.CheckHealth(t.Context(), &client.CheckHealthRequest{})
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			t.Log(err)
			for _, part := range tc.fails {
				require.ErrorContains(t, err, part)
			}
		})
	}
}
