package content

import "holdfast/internal/samplesite/rawjson"

// GenerateWiki makes the content of a Confluence site, whose people are those of
// the site's Jira.
func GenerateWiki(spec WikiSpec, people []Person) (Wiki, error) {
	return emptyWiki{&Setup{}}, nil
}

// emptyWiki is a site without spaces.
type emptyWiki struct{ setup *Setup }

func (emptyWiki) Spaces() []Space               { return nil }
func (emptyWiki) Nodes() []Node                 { return nil }
func (emptyWiki) Content(Node) WikiContent      { return nil }
func (emptyWiki) Detail(Node) rawjson.Raw       { return nil }
func (emptyWiki) Comment(int64) (Comment, bool) { return Comment{}, false }
func (emptyWiki) File(int64) (File, bool)       { return File{}, false }
func (w emptyWiki) Setup() *Setup               { return w.setup }
func (emptyWiki) Tasks(int) []Task              { return nil }
