package samplesite_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
)

func TestUsersAreLookedUp(t *testing.T) {
	site, c, _ := writable(t)
	var people []struct{ AccountID, DisplayName, EmailAddress string }
	c.get("/rest/api/3/users/search?maxResults=1000").decode(t, &people)
	a, b, gone := people[1], people[2], people[3]
	require.NotEmpty(t, a.EmailAddress)
	one := c.get("/rest/api/3/user?accountId="+a.AccountID).is(t, 200)
	require.Equal(t, a.DisplayName, one.got(t, "displayName"))
	bulk := "/rest/api/3/user/bulk?accountId=" + b.AccountID + "&accountId=" + a.AccountID + "&accountId=none&accountId=" + gone.AccountID
	require.Equal(t, "3", c.get(bulk).is(t, 200).got(t, "total"))
	byMail := c.get("/rest/api/3/user/search?query="+url.QueryEscape(a.EmailAddress)).is(t, 200)
	require.Equal(t, a.AccountID, byMail.got(t, "0", "accountId"))
	require.Equal(t, a.EmailAddress, byMail.got(t, "0", "emailAddress"))
	require.Equal(t, a.AccountID, c.get("/rest/api/3/user/search?accountId="+a.AccountID).is(t, 200).got(t, "0", "accountId"))
	require.Equal(t, "[]", string(c.get("/rest/api/3/user/search?query=nobody@nowhere.example").is(t, 200).body))

	c.get("/rest/api/3/user?accountId=none").is(t, 404)
	c.get("/rest/api/3/user").is(t, 400)
	c.get("/rest/api/3/user/bulk").is(t, 400)
	c.get("/rest/api/3/user/search").is(t, 400)
	c.get("/rest/api/3/user/search?query=x&accountId=y").is(t, 400)

	t.Run("a removed user is not there, by any route", func(t *testing.T) {
		site.RemoveUser(gone.AccountID)
		c.get("/rest/api/3/user?accountId="+gone.AccountID).is(t, 404)
		require.Equal(t, "2", c.get(bulk).is(t, 200).got(t, "total"))
		for _, path := range []string{"/rest/api/3/users/search?maxResults=1000", "/rest/api/3/user/search?query=" + url.QueryEscape(gone.EmailAddress),
			"/rest/api/3/user/search?accountId=" + gone.AccountID, "/rest/api/3/group/member?groupname=jira-users"} {
			require.NotContains(t, string(c.get(path).is(t, 200).body), gone.AccountID, path)
		}
	})
	t.Run("who may not browse users finds none", func(t *testing.T) {
		site.Lack(func(l *samplesite.Lacks) { l.BrowseUsers = true })
		c.get("/rest/api/3/user?accountId="+a.AccountID).is(t, 403)
		require.Equal(t, "[]", string(c.get("/rest/api/3/user/search?query=a").is(t, 200).body))
	})
}
