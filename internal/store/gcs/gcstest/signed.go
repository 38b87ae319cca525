package gcstest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Account makes a service account that signs URLs which the server accepts, and for
// which its IAM signs. The same name again is the same account.
func (s *Server) Account(email string) (*rsa.PrivateKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := s.accounts[email]; key != nil {
		return key, nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err == nil {
		s.accounts[email] = key
	}
	return key, err
}

// KeyFile writes the key file of a service account to path: what
// GOOGLE_APPLICATION_CREDENTIALS names. Tokens would come from tokens, a URL.
func (s *Server) KeyFile(path, email, tokens string) error {
	key, err := s.Account(email)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "p", "private_key_id": "1", "client_email": email, "client_id": "1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": tokens,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// parseSigned tells what is asked by the addresses of the XML API, and of IAM.
func (s *Server) parseSigned(c *call) bool {
	path := c.r.URL.Path
	if account, ok := strings.CutPrefix(path, "/v1/projects/-/serviceAccounts/"); ok && c.r.Method == http.MethodPost {
		c.op = SignBlob
		c.name, ok = strings.CutSuffix(account, ":signBlob")
		return ok
	}
	var ok bool
	if c.bucket, c.name, ok = strings.Cut(strings.TrimPrefix(path, "/"), "/"); !ok || s.find(c.bucket) == nil {
		return false
	}
	c.op = Fetch
	return c.r.Method == http.MethodGet || c.r.Method == http.MethodHead
}

// signBlob signs as IAM does.
func (s *Server) signBlob(c *call) {
	defer c.after()
	var request struct {
		Payload []byte `json:"payload"`
	}
	s.mu.Lock()
	key := s.accounts[c.name]
	s.mu.Unlock()
	if err := json.NewDecoder(c.r.Body).Decode(&request); err != nil || key == nil {
		fail(c.w, http.StatusNotFound, "notFound", "Unknown service account")
		return
	}
	sum := sha256.Sum256(request.Payload)
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		fail(c.w, http.StatusInternalServerError, "backendError", err.Error())
		return
	}
	reply(c.w, map[string]string{"keyId": "1", "signedBlob": base64.StdEncoding.EncodeToString(signature)})
}

// fetch sends content to who has a signed URL.
func (s *Server) fetch(c *call) {
	if code, status, message := s.checkSigned(c.r); code != "" {
		failXML(c.w, status, code, message)
		return
	}
	s.mu.Lock()
	o, refused := s.live(c, c.name, "")
	s.mu.Unlock()
	if refused != nil {
		failXML(c.w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	}
	c.w.Header().Set("Etag", fmt.Sprintf(`"%x"`, o.generation))
	if as := c.query.Get("response-content-disposition"); as != "" {
		c.w.Header().Set("Content-Disposition", as)
	}
	c.query = url.Values{"generation": {strconv.FormatInt(o.generation, 10)}}
	s.read(c)
}

// The figures of signed URLs of version 4, as
// https://docs.cloud.google.com/storage/docs/access-control/signed-urls has them.
const (
	maxSigned = 7 * 24 * time.Hour
	clockSkew = 15 * time.Minute
	signedAt  = "20060102T150405Z"
)

// checkSigned holds a signed URL against the account's key and the clock. The code
// is empty where it is good.
func (s *Server) checkSigned(r *http.Request) (code string, status int, message string) {
	query := r.URL.Query()
	signature, err := hex.DecodeString(query.Get("X-Goog-Signature"))
	if err != nil || len(signature) == 0 {
		return "AccessDenied", http.StatusForbidden, "Anonymous caller does not have storage.objects.get access to the Google Cloud Storage object."
	}
	at, terr := time.Parse(signedAt, query.Get("X-Goog-Date"))
	seconds, nerr := strconv.Atoi(query.Get("X-Goog-Expires"))
	life := time.Duration(seconds) * time.Second
	account, scope, ok := strings.Cut(query.Get("X-Goog-Credential"), "/")
	names := strings.Split(query.Get("X-Goog-SignedHeaders"), ";")
	if terr != nil || nerr != nil || !ok || seconds < 1 || life > maxSigned || query.Get("X-Goog-Algorithm") != "GOOG4-RSA-SHA256" ||
		scope != at.Format("20060102")+"/auto/storage/goog4_request" || !slices.Contains(names, "host") || !slices.IsSorted(names) {
		return "AuthenticationRequired", http.StatusBadRequest, "The query parameters of the signature are not those of version 4."
	}
	switch now := time.Now(); {
	case at.After(now.Add(clockSkew)):
		return "AccessDenied", http.StatusForbidden, "Request is not valid yet."
	case !now.Before(at.Add(life)):
		return "ExpiredToken", http.StatusBadRequest, "Request signature expired at: " + at.Add(life).Format(time.RFC3339)
	}
	query.Del("X-Goog-Signature")
	canonical := []string{r.Method, r.URL.EscapedPath(), strings.ReplaceAll(query.Encode(), "+", "%20")}
	for _, name := range names {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = (&url.URL{Host: r.Host}).Hostname() // the library signs it without the port
		}
		canonical = append(canonical, name+":"+strings.Join(strings.Fields(value), " "))
	}
	canonical = append(canonical, "", strings.Join(names, ";"), "UNSIGNED-PAYLOAD")
	digest := sha256.Sum256([]byte(strings.Join(canonical, "\n")))
	sum := sha256.Sum256([]byte(strings.Join([]string{"GOOG4-RSA-SHA256", query.Get("X-Goog-Date"), scope, hex.EncodeToString(digest[:])}, "\n")))
	s.mu.Lock()
	key := s.accounts[account]
	s.mu.Unlock()
	if key == nil || rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return "SignatureDoesNotMatch", http.StatusForbidden, "The request signature we calculated does not match the signature you provided. Check your Google secret key and signing method."
	}
	return "", 0, ""
}

// failXML answers with an error as the XML API words it.
func failXML(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: message})
}
