package confluence

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
)

func TestIdentity(t *testing.T) {
	s := newWiki(t)
	id, err := s.confluence(Options{}).Identity(t.Context())
	require.NoError(t, err)
	require.Equal(t, atlassian.Identity{AccountID: "me", Name: "Backup", TimeZone: "Asia/Kolkata"}, id)
	for name, h := range map[string]http.HandlerFunc{
		"401": status(401),
		"403": status(403),
		"a page of HTML with 401": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(401)
		},
		"anonymous": func(w http.ResponseWriter, r *http.Request) { reply(w, 200, `{"type":"anonymous","accountId":"x"}`) },
		"nobody":    func(w http.ResponseWriter, r *http.Request) { reply(w, 200, `{}`) },
	} {
		s.handle(current, h)
		_, err = s.confluence(Options{}).Identity(t.Context())
		require.Equal(t, atlassian.ClassCredentials, atlassian.ClassOf(err), name)
		require.NotContains(t, err.Error(), secret)
	}
	cloud, err := s.confluence(Options{}).CloudID(t.Context())
	require.NoError(t, err)
	require.Equal(t, "cloud-1", cloud)
}

// A refused credential is answered with 403, as a lack of permission is.
func TestARefusalIsTheCredentialsWhereTheAccountIsNotOurs(t *testing.T) {
	for name, call := range map[string]func(c *Confluence) error{
		"containers": func(c *Confluence) error { return c.Containers(t.Context(), nil) },
		"census":     func(c *Confluence) error { _, err := c.Census(t.Context(), space, nil); return err },
		"late":       func(c *Confluence) error { return c.Late(t.Context(), time.Time{}, time.Time{}, nil) },
		"access":     func(c *Confluence) error { _, err := c.Access(t.Context(), []atlassian.Container{space}); return err },
		"items": func(c *Confluence) error {
			_, err := c.ExportItems(t.Context(), space, []string{"1"}, once(), nil)
			return err
		},
		"container": func(c *Confluence) error { _, err := c.ExportContainer(t.Context(), space, nil); return err },
		"site":      func(c *Confluence) error { _, err := c.ExportSite(t.Context(), nil); return err },
		"open": func(c *Confluence) error {
			_, err := c.Open(t.Context(), atlassian.Attachment{ID: "att1", Item: "1"}, 0)
			return err
		},
		"lists": func(c *Confluence) error {
			_, err := c.Lists(t.Context(), atlassian.Attachment{ID: "att1", Item: "1", Space: "100"})
			return err
		},
		"admin key": func(c *Confluence) error { return New(c.client, Options{AdminKey: true}).Containers(t.Context(), nil) },
	} {
		s := newWiki(t)
		s.server.Config.Handler = status(403)
		require.Equal(t, atlassian.ClassCredentials, atlassian.ClassOf(call(s.confluence(Options{}))), name)
	}
}

func TestContainersAreSpacesOfEveryStatus(t *testing.T) {
	s := newWiki(t)
	one := func(id int, kind string) string {
		return fmt.Sprintf(`{"id":"%d","key":"S%d","type":%q}`, id, id, kind)
	}
	s.handle("/wiki/api/v2/spaces", func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("status") {
		case "current":
			s.page(w, r, []string{one(1, "global"), one(2, "personal"), one(3, "collaboration"), one(4, "global"), one(5, "global")})
		case "archived":
			s.page(w, r, []string{one(5, "global"), one(6, "global")})
		default:
			t.Error("a list of spaces without a status")
		}
	})
	var ids []string
	require.NoError(t, s.confluence(Options{}).Containers(t.Context(), func(page []atlassian.Container) error {
		for _, c := range page {
			ids = append(ids, c.ID)
			require.Equal(t, "S"+c.ID, c.Key)
			require.Equal(t, c.ID == "2", c.Personal)
			require.Negative(t, c.Items)
		}
		return nil
	}))
	require.Equal(t, []string{"1", "2", "3", "4", "5", "6"}, ids)
	for _, q := range s.queries("/wiki/api/v2/spaces") {
		require.Equal(t, "250", q.Get("limit"))
		require.NotContains(t, q, "zz", "of a link only the cursor is taken")
	}
	stop := errors.New("enough")
	require.ErrorIs(t, s.confluence(Options{}).Containers(t.Context(), func([]atlassian.Container) error { return stop }), stop)
}

func TestAccess(t *testing.T) {
	s := newWiki(t)
	s.handle("/wiki/api/v2/spaces", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("status") == "current" {
			require.Equal(t, "1,2,3,4", r.URL.Query().Get("ids"))
			s.page(w, r, []string{`{"id":"1"}`, `{"id":"4"}`})
			return
		}
		require.Equal(t, "2,3", r.URL.Query().Get("ids"))
		s.page(w, r, []string{`{"id":"3"}`})
	})
	containers := []atlassian.Container{{ID: "1", Key: "A"}, {ID: "2", Key: "B"}, {ID: "3", Key: "C"}, {ID: "4", Key: "D"}}
	access, err := s.confluence(Options{}).Access(t.Context(), containers)
	require.NoError(t, err)
	require.Equal(t, atlassian.Access{Administer: true, Unreadable: []string{"B"}}, access)
	require.Equal(t, "operations", s.queries(current)[0].Get("expand"))
	s.set(current, `{"type":"known","accountId":"me","operations":[{"operation":"use","targetType":"application"},{"operation":"administer","targetType":"space"}]}`)
	access, err = s.confluence(Options{}).Access(t.Context(), nil)
	require.NoError(t, err)
	require.False(t, access.Administer)
}

// A token without the scope is refused with 401, as a bad one is.
func TestATokenWithoutTheScopeIsNoBadToken(t *testing.T) {
	s := newWiki(t)
	s.handle(found, status(401))
	s.set("/wiki/api/v2/spaces/100", `{"id":"100","key":"ENG"}`)
	problem, err := s.confluence(Options{}).Census(t.Context(), space, nil)
	require.NoError(t, err)
	require.Equal(t, atlassian.Problem{Kind: "space", ID: "100", Key: "ENG", Container: "ENG", Reason: "its drafts could not be searched for: no permission"}, *problem)
}
