package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"holdfast/internal/backup"
	"holdfast/internal/recording"
	"holdfast/internal/samplesite"
	"holdfast/internal/store/gcs"
	"holdfast/internal/store/gcs/gcstest"
)

// TestNoSecretAnywhere searches everything that Temporal keeps and everything
// that was logged, of a run that met every kind of fault, for the token, for
// signatures of media URLs, and for content.
func TestNoSecretAnywhere(t *testing.T) {
	s := setUp(t, smallSite())
	s.startHost()
	s.createPolicy()
	s.site.LoseAttachmentBytes(s.attachments()[0].ID)
	s.site.DeleteIssue("EE-17")
	s.site.Inject(samplesite.Rule{Route: remotelink, From: 20, Count: 2, Effect: samplesite.Effect{CutAfter: 20}})
	s.site.Inject(samplesite.Rule{Route: samplesite.MediaRoute, Count: 4, Effect: samplesite.Effect{CutAfter: 10}})
	s.site.Inject(samplesite.Rule{Route: samplesite.MediaRoute, From: 5, Count: 3, Effect: samplesite.Effect{Status: 500}})
	s.site.Inject(samplesite.Rule{Route: samplesite.MediaRoute, From: 9, Count: 2, Effect: samplesite.Effect{Status: 403}})
	s.run()
	s.site.Inject(samplesite.Rule{Route: bulkfetch, From: 1, Count: 1, Effect: samplesite.Effect{Do: s.site.RevokeToken}})
	s.run()
	s.requireNoSecret(s.someContent())
}

// TestNoSecretOfConfluenceAnywhere is the same for Confluence, with an Admin Key.
func TestNoSecretOfConfluenceAnywhere(t *testing.T) {
	cfg := smallWiki()
	s := setUp(t, cfg).of(backup.Confluence)
	s.options = backup.Options{Attachments: true, AdminKey: true}
	w := s.wiki(cfg)
	s.startHost()
	s.createPolicy()
	s.site.LosePageAttachment(wikiFiles(w)[0].ID)
	top, below := branch(t, w, "ENG")
	s.site.RestrictPage(top.ID)
	s.site.Inject(samplesite.Rule{Route: onePage, From: 9, Count: 1, Effect: samplesite.Effect{Do: func() { s.site.DeletePage(below.ID) }}})
	s.site.Inject(samplesite.Rule{Route: onePage, From: 20, Count: 2, Effect: samplesite.Effect{CutAfter: 20}})
	s.site.Inject(samplesite.Rule{Route: pageDownload, Count: 2, Effect: samplesite.Effect{Status: 500}})
	s.site.Inject(samplesite.Rule{Route: samplesite.MediaRoute, Count: 2, Effect: samplesite.Effect{CutAfter: 10}})
	s.site.Inject(samplesite.Rule{Route: samplesite.MediaRoute, From: 3, Count: 2, Effect: samplesite.Effect{Status: 403}})
	row := s.run()
	require.Equal(t, backup.Incomplete, row.Status, row.Reason)
	s.site.Inject(samplesite.Rule{Route: onePage, From: 1, Count: 1, Effect: samplesite.Effect{Do: s.site.RevokeToken}})
	s.run()
	var texts []string
	for _, space := range w.Spaces() {
		texts = append(texts, space.Name)
	}
	for _, n := range w.Nodes() {
		if len(n.Title) > 12 {
			texts = append(texts, n.Title)
		}
	}
	for _, f := range wikiFiles(w) {
		texts = append(texts, f.Name)
	}
	s.requireNoSecret(texts)
}

// TestNoSecretOfLinksAnywhere searches for the signatures of links to downloads, of a
// directory and of a bucket, and for the secret of a webhook.
func TestNoSecretOfLinksAnywhere(t *testing.T) {
	for _, bucket := range []bool{false, true} {
		t.Run(fmt.Sprintf("bucket: %v", bucket), func(t *testing.T) {
			s := setUp(t, tinySite())
			if bucket {
				s.openSigningBucket()
			}
			var told listener
			s.startHost(withLinks(t, s), told.config(t))
			s.createPolicy()
			s.edit(func(p *backup.Policy) { p.Notify = []string{hook} })
			row := s.run()
			s.prepare(row.ID)
			address, _ := s.linkTo(row.ID, 1)
			s.fetch(row.ID, 1)
			reply, err := http.Get(address + "x") // one that is refused
			require.NoError(t, err)
			require.NoError(t, reply.Body.Close())
			require.Equal(t, http.StatusForbidden, reply.StatusCode)
			require.Eventually(t, func() bool { return slices.Contains(told.events(), backup.EventComplete) }, time.Minute, 50*time.Millisecond)

			u, err := url.Parse(address)
			require.NoError(t, err)
			secrets := []string{hookSecret, "X-Goog-Signature", address}
			for name, values := range u.Query() {
				if strings.HasSuffix(strings.ToLower(name), "signature") {
					require.GreaterOrEqual(t, len(values[0]), 32)
					secrets = append(secrets, values[0])
				}
			}
			require.Len(t, secrets, 4, "the link has a signature")
			s.requireNoSecret(secrets)
		})
	}
}

// requireNoSecret searches what Temporal keeps and what was logged.
func (s *stack) requireNoSecret(content []string) {
	t := s.t
	t.Helper()
	require.Zero(t, s.site.Counts().Leaks, "credentials shown to the media host")

	var searched strings.Builder
	searched.WriteString(s.log.String())
	list, err := s.client.ListWorkflow(s.ctx(), &workflowservice.ListWorkflowExecutionsRequest{})
	require.NoError(t, err)
	require.NotEmpty(t, list.GetExecutions())
	for _, e := range list.GetExecutions() {
		r, err := recording.Fetch(s.ctx(), s.client, "", e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId())
		require.NoError(t, err)
		searched.WriteString(decoded(t, r.History))
		searched.WriteString(e.String())
	}
	text := searched.String()
	require.Contains(t, text, s.policy, "the search sees what is there")
	secrets := []string{s.site.Token(), base64.StdEncoding.EncodeToString([]byte(s.site.Email() + ":" + s.site.Token()))}
	secrets = append(secrets, content...)
	for _, secret := range secrets {
		require.NotEmpty(t, secret)
		require.False(t, strings.Contains(text, secret), "found: %s", secret)
	}
	require.Empty(t, signedURL.FindAllString(text, 3), "URLs of the media host")
}

// signedURL finds what only a URL of the media host has.
var signedURL = regexp.MustCompile(`/file/((att)?\d+(v\d+)?|[-0-9a-f]{36})/binary|expires=\d+|token=[0-9a-f]{16}`)

// someContent is text of the site that has no business outside the archive.
func (s *stack) someContent() (texts []string) {
	for p := range s.site.Truth().Projects() {
		texts = append(texts, p.Name)
		n := 0
		for issue := range s.site.Truth().Issues(p.Key) {
			for _, f := range issue.Fields() {
				var summary string
				if f.Name == "summary" && json.Unmarshal(f.Value, &summary) == nil {
					texts = append(texts, summary)
				}
			}
			if n++; n == 30 {
				break
			}
		}
	}
	for _, a := range s.attachments() {
		texts = append(texts, a.Name)
	}
	return texts
}

// decoded is a history with its payloads as text, where they are base64 in JSON.
func decoded(t *testing.T, history []byte) string {
	t.Helper()
	var out strings.Builder
	out.Write(history)
	for _, m := range regexp.MustCompile(`"data":"([A-Za-z0-9+/=]+)"`).FindAllSubmatch(history, -1) {
		data, err := base64.StdEncoding.DecodeString(string(m[1]))
		require.NoError(t, err)
		out.Write(data)
		out.WriteByte('\n')
	}
	return out.String()
}

// openSigningBucket makes the store a bucket of an honest server whose account signs links.
func (s *stack) openSigningBucket() {
	s.t.Helper()
	server := gcstest.Start(s.t, "backups")
	key := filepath.Join(s.t.TempDir(), "key.json")
	require.NoError(s.t, server.KeyFile(key, "backup@p.iam.gserviceaccount.com", "http://127.0.0.1:1/token"))
	s.t.Setenv("STORAGE_EMULATOR_HOST", server.URL())
	s.t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", key)
	bucket, err := gcs.Open(s.t.Context(), "backups", "holdfast")
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = bucket.Close() })
	s.store = bucket
}
