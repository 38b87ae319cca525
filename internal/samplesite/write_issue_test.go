package samplesite_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

const apiIssue = "/rest/api/3/issue"

// ground is a site with a project that was created, NEW, with a version and a component.
func ground(t *testing.T) (*samplesite.Site, *client, *clock) {
	site, c, k := writable(t)
	c.post("/rest/api/3/project", `{"key":"NEW","name":"New one","projectTypeKey":"software","leadAccountId":"`+site.AccountID()+`","description":"what for"}`).is(t, 201)
	c.post("/rest/api/3/version", `{"project":"NEW","name":"1.0"}`).is(t, 201)
	c.post("/rest/api/3/component", `{"project":"NEW","name":"API"}`).is(t, 201)
	return site, c, k
}

// issueOf is the body that creates an issue of NEW with more fields.
func issueOf(kind string, more ...string) string {
	return `{"fields":{` + strings.Join(append([]string{`"project":{"key":"NEW"},"issuetype":{"name":"` + kind + `"},"summary":"S"`}, more...), ",") + `}}`
}

func TestAnIssueIsCreatedWithEveryFieldThatItsProjectHas(t *testing.T) {
	site, c, _ := ground(t)
	var people []struct{ AccountID string }
	c.get("/rest/api/3/users/search?maxResults=1000").decode(t, &people)
	epic := c.post(apiIssue, issueOf("Epic")).is(t, 201).got(t, "id")
	text := doc("a < b & c\u2028d")
	a := c.post(apiIssue, issueOf("Story", `"description":`+text, `"environment":`+text, `"labels":["b","a","b"]`, `"priority":{"id":"1"}`, `"duedate":"2026-06-01"`,
		`"assignee":{"accountId":"`+people[1].AccountID+`"}`, `"reporter":{"id":"`+people[2].AccountID+`"}`, `"components":[{"name":"API"}]`, `"versions":[{"name":"1.0"}]`, `"fixVersions":[{"name":"1.0"}]`,
		`"parent":{"id":"`+epic+`"}`, `"timetracking":{"originalEstimate":"1d 2h"}`, `"customfield_10016":3.0`, `"customfield_10101":{"value":"Alpha"}`, `"customfield_10102":{"accountId":"`+people[3].AccountID+`"}`,
		`"customfield_10103":"2026-05-05"`, `"customfield_10104":`+text, `"customfield_10105":[{"id":"10030"},{"value":"zwei & drei"}]`, `"customfield_10199":{"exponent":1.0E+2,"twice":1,"twice":2}`)).is(t, 201)
	require.Equal(t, "NEW-2", a.got(t, "key"))
	i := c.get(apiIssue+"/NEW-2?expand=changelog").is(t, 200)
	for path, want := range map[string]string{
		"description": text, "environment": text, "labels": `["b","a"]`, "priority name": "Highest", "duedate": "2026-06-01", "assignee accountId": people[1].AccountID, "reporter accountId": people[2].AccountID,
		"creator accountId": site.AccountID(), "created": noon, "updated": noon, "status name": "To Do", "resolution": "", "components 0 name": "API", "versions 0 name": "1.0", "fixVersions 0 name": "1.0",
		"parent key": "NEW-1", "parent fields summary": "S", "timetracking originalEstimateSeconds": "36000", "timetracking remainingEstimate": "1d 2h", "customfield_10016": "3.0",
		"customfield_10101 value": "Alpha", "customfield_10101 id": "10020", "customfield_10102 accountId": people[3].AccountID, "customfield_10103": "2026-05-05", "customfield_10104": text,
		"customfield_10105 1 id": "10031", "customfield_10199": `{"exponent":1.0E+2,"twice":1,"twice":2}`, "customfield_10020": "", "project key": "NEW", "comment total": "0", "watches watchCount": "0", "subtasks": "[]",
	} {
		require.Equal(t, want, i.got(t, append([]string{"fields"}, strings.Fields(path)...)...), path)
	}
	require.Equal(t, "0", i.got(t, "changelog", "total"), "the history of a new issue is empty")
	truth, found := site.Truth().Issue("NEW-2")
	require.True(t, found)
	require.Equal(t, string(truth.Body("changelog")), string(i.body))
}

func TestWhatCannotBeCreatedIsRefusedFieldByField(t *testing.T) {
	site, c, _ := ground(t)
	var people []struct {
		AccountID string
		Active    bool
	}
	c.get("/rest/api/3/users/search?maxResults=1000").decode(t, &people)
	inactive := ""
	for _, p := range people {
		if !p.Active {
			inactive = p.AccountID
		}
	}
	story := ""
	for i := range site.Truth().Issues("BIG") {
		if strings.Contains(string(rawjson.Get(i.Issue.Fields(), "issuetype")), `"name":"Story"`) {
			story = i.Key
		}
	}
	site.OffScreen("NEW", "customfield_10101")
	for name, one := range map[string]struct {
		body   string
		fields []string
	}{
		"no summary":                           {`{"fields":{"project":{"key":"NEW"},"issuetype":{"name":"Task"}}}`, []string{"summary"}},
		"a summary of two lines":               {issueOf("Task", `"summary":"a\nb"`), []string{"summary"}},
		"a summary of 256 characters":          {issueOf("Task", `"summary":"`+strings.Repeat("x", 256)+`"`), []string{"summary"}},
		"no project":                           {`{"fields":{"summary":"S","issuetype":{"name":"Task"}}}`, []string{"project"}},
		"an unknown project":                   {`{"fields":{"project":{"key":"NONE"},"summary":"S","issuetype":{"name":"Task"}}}`, []string{"project"}},
		"no issue type":                        {`{"fields":{"project":{"key":"NEW"},"summary":"S"}}`, []string{"issuetype"}},
		"an unknown issue type":                {issueOf("Nonsense"), []string{"issuetype"}},
		"a user who does not exist":            {issueOf("Task", `"assignee":{"accountId":"nobody"}`, `"reporter":{"accountId":"nobody"}`), []string{"assignee", "reporter"}},
		"work for a user who is not active":    {issueOf("Task", `"assignee":{"accountId":"`+inactive+`"}`), []string{"assignee"}},
		"a field that is not on the screen":    {issueOf("Task", `"customfield_10101":{"value":"Alpha"}`, `"customfield_10016":1`), []string{"customfield_10101"}},
		"fields that nobody sets":              {issueOf("Task", `"created":"`+noon+`"`, `"status":{"name":"To Do"}`, `"creator":{"accountId":"x"}`, `"resolution":{"name":"Done"}`, `"comment":[]`), []string{"created", "status", "creator", "resolution", "comment"}},
		"a field that does not exist":          {issueOf("Task", `"customfield_99":1`), []string{"customfield_99"}},
		"a text that is no document":           {issueOf("Task", `"description":"plain"`), []string{"description"}},
		"a label with a space":                 {issueOf("Task", `"labels":["a b"]`), []string{"labels"}},
		"an option that does not exist":        {issueOf("Task", `"customfield_10105":[{"id":"10020"}]`), []string{"customfield_10105"}},
		"a version of no such name":            {issueOf("Task", `"fixVersions":[{"name":"9.9"}]`, `"components":[{"id":"1"}]`), []string{"fixVersions", "components"}},
		"a sub-task without a parent":          {issueOf("Sub-task"), []string{"parent"}},
		"a parent of the same level":           {issueOf("Task", `"parent":{"key":"`+story+`"}`), []string{"parent"}},
		"a day that is none":                   {issueOf("Task", `"duedate":"2026-02-30"`), []string{"duedate"}},
		"a number that is none":                {issueOf("Task", `"customfield_10016":"3"`), []string{"customfield_10016"}},
		"a field both in fields and in update": {`{"fields":{"project":{"key":"NEW"},"issuetype":{"name":"Task"},"summary":"S","labels":[]},"update":{"labels":[{"add":"x"}]}}`, []string{"labels"}},
		"a property whose value is not there":  {`{"fields":{"project":{"key":"NEW"},"issuetype":{"name":"Task"},"summary":"S"},"properties":[{"key":"k"}]}`, []string{"properties"}},
	} {
		a := c.post(apiIssue, one.body)
		require.Equal(t, 400, a.status, "%s: %s", name, a.body)
		for _, f := range one.fields {
			require.NotEmpty(t, a.got(t, "errors", f), "%s: %s", name, a.body)
		}
	}
	c.post(apiIssue, `{"field":{}}`).is(t, 400)
	require.Equal(t, "NEW-1", c.post(apiIssue, issueOf("Task")).is(t, 201).got(t, "key"), "what was refused took no number")
	site.OnScreen("NEW", "customfield_10101")
	c.post(apiIssue, issueOf("Task", `"customfield_10101":{"value":"Alpha"}`)).is(t, 201)
	site.Withdraw("CREATE_ISSUES")
	c.post(apiIssue, issueOf("Task")).is(t, 403)
	c.auth = nil
	c.post(apiIssue, issueOf("Task")).is(t, 401)
}

func TestKeysAreNeverGivenAgain(t *testing.T) {
	_, c, _ := ground(t)
	for n := 1; n <= 3; n++ {
		require.Equal(t, fmt.Sprintf("NEW-%d", n), c.post(apiIssue, issueOf("Task")).is(t, 201).got(t, "key"))
	}
	c.del(apiIssue+"/NEW-3").is(t, 204)
	c.get(apiIssue+"/NEW-3").is(t, 404)
	c.del(apiIssue+"/NEW-3").is(t, 404)
	require.Equal(t, "NEW-4", c.post(apiIssue, issueOf("Task")).is(t, 201).got(t, "key"))
	c.post(apiIssue, issueOf("Sub-task", `"parent":{"key":"NEW-1"}`)).is(t, 201)
	require.Equal(t, "NEW-5", c.get(apiIssue+"/NEW-1").got(t, "fields", "subtasks", "0", "key"))
	c.del(apiIssue+"/NEW-1").is(t, 400)
	c.del(apiIssue+"/NEW-1?deleteSubtasks=true").is(t, 204)
	c.get(apiIssue+"/NEW-5").is(t, 404)
	found := c.post("/rest/api/3/search/jql", `{"jql":"project = NEW ORDER BY key ASC","fields":["key"]}`).is(t, 200)
	require.Equal(t, "NEW-4", found.got(t, "issues", "1", "key"))
	list := c.get("/rest/api/3/project/search?keys=NEW&expand=insight").is(t, 200)
	require.Equal(t, "2", list.got(t, "values", "0", "insight", "totalIssueCount"))
}

func TestAnEditIsWrittenIntoTheHistory(t *testing.T) {
	site, c, k := ground(t)
	c.post(apiIssue, issueOf("Task", `"labels":["a"]`)).is(t, 201)
	k.at = k.at.Add(time.Hour)
	c.put(apiIssue+"/NEW-1", `{"fields":{"summary":"T","priority":{"name":"Low"}},"update":{"labels":[{"add":"b"},{"remove":"a"}],"components":[{"set":[{"name":"API"}]}]},"historyMetadata":{"type":"x"},"properties":[{"key":"p","value":1}]}`).is(t, 204)
	i := c.get(apiIssue+"/NEW-1?expand=changelog&properties=*all").is(t, 200)
	require.Equal(t, "T", i.got(t, "fields", "summary"))
	require.Equal(t, `["b"]`, i.got(t, "fields", "labels"))
	require.Equal(t, "API", i.got(t, "fields", "components", "0", "name"))
	require.Equal(t, "2026-05-04T21:00:00.000+0800", i.got(t, "fields", "updated"))
	require.Equal(t, noon, i.got(t, "fields", "created"))
	require.Equal(t, "1", i.got(t, "properties", "p"))
	history := func(path ...string) string {
		return i.got(t, append([]string{"changelog", "histories", "0"}, path...)...)
	}
	require.Equal(t, site.AccountID(), history("author", "accountId"))
	require.Equal(t, "2026-05-04T21:00:00.000+0800", history("created"))
	require.Equal(t, `{"type":"x"}`, history("historyMetadata"))
	require.Equal(t, `{"field":"summary","fieldtype":"jira","fieldId":"summary","from":null,"fromString":"S","to":null,"toString":"T"}`, history("items", "3"))
	require.Equal(t, `{"field":"priority","fieldtype":"jira","fieldId":"priority","from":"3","fromString":"Medium","to":"4","toString":"Low"}`, history("items", "2"))
	require.Equal(t, "1", c.get(apiIssue+"/NEW-1/changelog").got(t, "total"))
	c.put(apiIssue+"/NEW-1", `{"fields":{"summary":""}}`).is(t, 400)
	c.put(apiIssue+"/NEW-1?overrideScreenSecurity=true", `{"fields":{}}`).is(t, 403)
	require.Equal(t, "U", c.put(apiIssue+"/NEW-1?returnIssue=true", `{"fields":{"summary":"U"}}`).is(t, 200).got(t, "fields", "summary"))
	c.put(apiIssue+"/NEW-1/assignee", `{"accountId":"`+site.AccountID()+`"}`).is(t, 204)
	require.Equal(t, site.AccountID(), c.get(apiIssue+"/NEW-1").got(t, "fields", "assignee", "accountId"))
	found := c.post("/rest/api/3/search/jql", `{"jql":"project = NEW AND updated >= '2026/05/04 14:30'"}`).is(t, 200)
	require.NotEqual(t, "[]", found.got(t, "issues"), "a search by the time of the last change finds it (%s)", found.body)
}

func TestAnIssueThatWasThereBeforeIsEdited(t *testing.T) {
	site, c, _ := ground(t)
	before, _ := site.Truth().Issue("BIG-1")
	comments, links := len(before.Comments()), before.Issue.RemoteLinks()
	c.put(apiIssue+"/BIG-1", `{"fields":{"summary":"T"}}`).is(t, 204)
	after, _ := site.Truth().Issue("BIG-1")
	require.Len(t, after.Comments(), comments)
	require.Equal(t, links, after.Issue.RemoteLinks())
	require.Len(t, after.Issue.Changelog(), 301)
	i := c.get(apiIssue+"/BIG-1").is(t, 200)
	require.Equal(t, "T", i.got(t, "fields", "summary"))
	require.Equal(t, noon, i.got(t, "fields", "updated"))
}

func TestTransitionsGoByTheWorkflow(t *testing.T) {
	site, c, k := ground(t)
	c.post(apiIssue, issueOf("Task")).is(t, 201)
	at := apiIssue + "/NEW-1/transitions"
	ways := func() map[string]string {
		var in struct {
			Transitions []struct {
				ID string
				To struct{ Name string }
			}
		}
		c.get(at+"?expand=transitions.fields").decode(t, &in)
		out := map[string]string{}
		for _, one := range in.Transitions {
			out[one.To.Name] = one.ID
		}
		return out
	}
	move := func(status, more string) answer {
		return c.post(at, `{"transition":{"id":"`+ways()[status]+`"}`+more+`}`)
	}
	require.NotContains(t, ways(), "In Review", "it is reached from In Progress alone")
	require.NotContains(t, ways(), "To Do", "no transition but the first leads there")
	k.at = k.at.Add(time.Minute)
	move("In Progress", "").is(t, 204)
	require.Equal(t, "In Progress", c.get(apiIssue+"/NEW-1").got(t, "fields", "status", "name"))
	move("In Review", "").is(t, 204)
	move("Erledigt", `,"fields":{"resolution":{"name":"Done"}}`).is(t, 204)
	i := c.get(apiIssue+"/NEW-1?expand=changelog").is(t, 200)
	require.Equal(t, "Done", i.got(t, "fields", "resolution", "name"))
	require.Equal(t, "2026-05-04T20:01:00.000+0800", i.got(t, "fields", "resolutiondate"))
	require.Equal(t, "3", i.got(t, "changelog", "total"))
	require.Contains(t, i.got(t, "changelog", "histories", "0", "items"), `"field":"status","fieldtype":"jira","fieldId":"status","from":"10002","fromString":"In Review","to":"10003","toString":"Erledigt"`)
	move("In Progress", "").is(t, 204)
	require.Empty(t, c.get(apiIssue+"/NEW-1").got(t, "fields", "resolution"))
	c.post(at, `{"transition":{"id":"999"}}`).is(t, 400)
	c.post(at, `{}`).is(t, 400)
	c.post(at, `{"transition":{"id":"`+ways()["In Review"]+`"},"fields":{"customfield_99":1}}`).is(t, 400)
	site.BlockTransition("Erledigt")
	require.NotContains(t, ways(), "Erledigt")
	move("Erledigt", "").is(t, 400)
	site.UnblockTransition("Erledigt")
	require.Contains(t, ways(), "Erledigt")
	a := c.post(apiIssue, `{"fields":{"project":{"key":"NEW"},"issuetype":{"name":"Task"},"summary":"S"},"transition":{"id":"`+ways()["Erledigt"]+`"}}`).is(t, 201)
	require.Equal(t, "200", a.got(t, "transition", "status"))
	require.Equal(t, "Erledigt", c.get(apiIssue+"/"+a.got(t, "key")).got(t, "fields", "status", "name"))
}

func TestPropertiesOfIssues(t *testing.T) {
	_, c, _ := ground(t)
	c.post(apiIssue, issueOf("Task")).is(t, 201)
	at := apiIssue + "/NEW-1/properties/holdfast.origin"
	c.put(at, `{"id":1.0E+2}`).is(t, 201)
	c.put(at, `{"id":"2"}`).is(t, 200)
	require.Equal(t, `{"id":"2"}`, c.get(at).is(t, 200).got(t, "value"))
	bulk := c.post(apiIssue+"/bulkfetch", `{"issueIdsOrKeys":["NEW-1","NEW-2"],"fields":["id"],"properties":["holdfast.origin"]}`).is(t, 200)
	require.Equal(t, `{"id":"2"}`, bulk.got(t, "issues", "0", "properties", "holdfast.origin"))
	c.put(at, `{`).is(t, 400)
	c.put(apiIssue+"/NEW-1/properties/"+strings.Repeat("k", 256), `1`).is(t, 400)
	c.put(at, `"`+strings.Repeat("x", 32_768)+`"`).is(t, 400)
	c.del(at).is(t, 204)
	c.del(at).is(t, 404)
	c.get(at).is(t, 404)
}

func TestIssueLinksAreSeenFromBothSides(t *testing.T) {
	_, c, _ := ground(t)
	for range 3 {
		c.post(apiIssue, issueOf("Task")).is(t, 201)
	}
	link := `{"type":{"name":"Blocks"},"inwardIssue":{"key":"NEW-1"},"outwardIssue":{"key":"NEW-2"}}`
	c.post("/rest/api/3/issueLink", link).is(t, 201)
	c.post("/rest/api/3/issueLink", link).is(t, 201)
	from, to := c.get(apiIssue+"/NEW-1").is(t, 200), c.get(apiIssue+"/NEW-2").is(t, 200)
	require.Equal(t, "NEW-2", from.got(t, "fields", "issuelinks", "0", "outwardIssue", "key"))
	require.Equal(t, "NEW-1", to.got(t, "fields", "issuelinks", "0", "inwardIssue", "key"))
	id := from.got(t, "fields", "issuelinks", "0", "id")
	require.Equal(t, id, to.got(t, "fields", "issuelinks", "0", "id"))
	require.NotContains(t, from.got(t, "fields", "issuelinks"), "},{\"id\"", "the same link again is no other one")
	one := c.get("/rest/api/3/issueLink/"+id).is(t, 200)
	require.Equal(t, "NEW-1", one.got(t, "inwardIssue", "key"))
	c.put(apiIssue+"/NEW-3", `{"update":{"issuelinks":[{"add":{"type":{"name":"Blocks"},"inwardIssue":{"key":"NEW-1"}}}]}}`).is(t, 204)
	require.Equal(t, "NEW-1", c.get(apiIssue+"/NEW-3").got(t, "fields", "issuelinks", "0", "inwardIssue", "key"))
	c.del("/rest/api/3/issueLink/"+id).is(t, 204)
	require.Equal(t, "[]", c.get(apiIssue+"/NEW-2").got(t, "fields", "issuelinks"))
	c.del(apiIssue+"/NEW-3").is(t, 204)
	require.Equal(t, "[]", c.get(apiIssue+"/NEW-1").got(t, "fields", "issuelinks"), "links to what was deleted are gone")
	c.post("/rest/api/3/issueLink", `{"type":{"name":"None"},"inwardIssue":{"key":"NEW-1"},"outwardIssue":{"key":"NEW-2"}}`).is(t, 404)
	c.post("/rest/api/3/issueLink", `{"type":{"name":"Blocks"},"inwardIssue":{"key":"NEW-1"},"outwardIssue":{"key":"NEW-3"}}`).is(t, 404)
}

func TestMetadataSaysWhatCanBeWritten(t *testing.T) {
	site, c, _ := ground(t)
	types := c.get(apiIssue+"/createmeta/NEW/issuetypes").is(t, 200)
	kind := types.got(t, "issueTypes", "0", "id")
	site.OffScreen("NEW", "customfield_10016")
	fields := string(c.get(apiIssue+"/createmeta/NEW/issuetypes/"+kind+"?maxResults=200").is(t, 200).body)
	require.Contains(t, fields, `"fieldId":"customfield_10101"`)
	require.NotContains(t, fields, `"fieldId":"customfield_10016"`)
	require.NotContains(t, fields, `"fieldId":"created"`)
	require.Contains(t, fields, `"value":"Alpha"`)
	c.get(apiIssue+"/createmeta/NEW/issuetypes/1").is(t, 400)
	c.post(apiIssue, issueOf("Task")).is(t, 201)
	edit := string(c.get(apiIssue+"/NEW-1/editmeta").is(t, 200).body)
	require.Contains(t, edit, `"summary":{`)
	require.NotContains(t, edit, `"customfield_10016":{`)
}

func TestAnIssueTakesSoManyWritesAtATime(t *testing.T) {
	k := &clock{time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}
	_, c := checked(t, samplesite.Config{Content: content.Spec{Seed: 1, Projects: []content.ProjectSpec{{Key: "EE", Issues: 2}}}, Now: k.now})
	at := func(issue string, n int) answer {
		return c.put(apiIssue+"/"+issue+"/properties/k"+fmt.Sprint(n), `1`)
	}
	for n := range 20 {
		at("EE-1", n).is(t, 201)
	}
	late := at("EE-1", 20).is(t, http.StatusTooManyRequests)
	require.Equal(t, "jira-per-issue-on-write", late.header.Get("RateLimit-Reason"))
	require.Equal(t, "2", late.header.Get("Retry-After"))
	at("EE-2", 1).is(t, 201)
	c.get(apiIssue+"/EE-1/transitions").is(t, 200)
	for range 4 {
		k.at = k.at.Add(2 * time.Second)
		for n := range 20 {
			at("EE-1", n).is(t, 200)
		}
	}
	k.at = k.at.Add(2 * time.Second)
	late = at("EE-1", 1).is(t, http.StatusTooManyRequests)
	require.Equal(t, "20", late.header.Get("Retry-After"), "a hundred within half a minute are the most")
	k.at = k.at.Add(20 * time.Second)
	at("EE-1", 1).is(t, 200)
}

func TestManyWriteAndReadAtATime(t *testing.T) {
	_, c, _ := ground(t)
	c.doc = nil // which is for one at a time
	var all sync.WaitGroup
	keys := make([][]string, 6)
	for w := range keys {
		all.Go(func() {
			for range 10 {
				a := c.post(apiIssue, issueOf("Task", `"labels":["a"]`))
				if a.status != 201 {
					t.Errorf("%s", a.body)
					return
				}
				key := a.got(t, "key")
				keys[w] = append(keys[w], key)
				c.put(apiIssue+"/"+key, `{"fields":{"summary":"T"}}`)
				c.post(apiIssue+"/"+key+"/comment", `{"body":`+doc("x")+`}`)
				c.get(apiIssue + "/" + key)
				c.post("/rest/api/3/search/jql", `{"jql":"project = NEW ORDER BY updated DESC","fields":["*all"]}`)
			}
		})
	}
	all.Wait()
	seen := slices.Concat(keys...)
	slices.Sort(seen)
	require.Len(t, slices.Compact(seen), 60)
	for n := 1; n <= 60; n++ {
		i := c.get(fmt.Sprintf("%s/NEW-%d", apiIssue, n)).is(t, 200)
		require.Equal(t, "T", i.got(t, "fields", "summary"))
		require.Equal(t, "1", i.got(t, "fields", "comment", "total"))
	}
}
