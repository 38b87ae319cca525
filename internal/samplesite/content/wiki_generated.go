package content

import (
	"errors"
	"fmt"
	"sort"

	"holdfast/internal/samplesite/rawjson"
)

// Where ids begin. Spaces, custom content, pages and what belongs to pages share
// one number space, as at Atlassian.
const (
	firstSpace   = 32770
	firstCustom  = 65538
	firstContent = 131073
)

// wiki is content made from a WikiSpec. It keeps a Node for each page and for what
// else is in trees; everything else is made anew each time it is asked for.
type wiki struct {
	spec    WikiSpec
	people  []Person
	spaces  []Space
	nodes   []Node
	ofSpace [][]int32 // space → its nodes, as indices
	special map[place]*NodeSpec
	setup   *Setup

	versions, comments int // the most that a page has
	bodies             []string
}

// place is a page or blog post as specs name it.
type place struct {
	space  string
	number int
}

// GenerateWiki makes the content of a Confluence site, whose people are those of
// the site's Jira.
func GenerateWiki(spec WikiSpec, people []Person) (Wiki, error) {
	w := &wiki{spec: spec, special: map[place]*NodeSpec{}, bodies: spec.Bodies}
	w.people = append(people[:len(people):len(people)], makePeople(spec.Seed^0x717, spec.Accounts)...)
	if len(w.people) == 0 {
		w.people = makePeople(spec.Seed, 1)
	}
	w.versions, w.comments = most(spec.Versions), most(spec.Comments)
	keys := map[string]int{}
	for i, s := range spec.Spaces {
		space, err := w.makeSpace(i, s)
		if err != nil {
			return nil, err
		}
		if _, twice := keys[space.Key]; twice {
			return nil, fmt.Errorf("generating the sample site: two spaces have the key %q; give each one of its own", space.Key)
		}
		keys[space.Key] = s.Pages + s.Blogs
		w.spaces = append(w.spaces, space)
	}
	for i := range spec.Nodes {
		n := &spec.Nodes[i]
		if n.Number < 1 || n.Number > keys[n.Space] {
			return nil, fmt.Errorf("generating the sample site: sizes are given for page %d of space %q, which is not large enough to have it", n.Number, n.Space)
		}
		w.special[place{n.Space, n.Number}] = n
	}
	w.layOut()
	for i := range w.spaces {
		w.describeSpace(i)
	}
	w.setup = w.furnish()
	return w, nil
}

// most is the number that a size of a WikiSpec stands for.
func most(n int) int {
	switch {
	case n == 0:
		return 4
	case n < 0:
		return 0
	}
	return n
}

// errSizes refuses a space that cannot be made.
var errSizes = errors.New("a size is negative; give 0 for none")

// People implements Wiki.
func (w *wiki) People() []Person { return w.people }

// Spaces implements Wiki.
func (w *wiki) Spaces() []Space { return w.spaces }

// Nodes implements Wiki.
func (w *wiki) Nodes() []Node { return w.nodes }

// Setup implements Wiki.
func (w *wiki) Setup() *Setup { return w.setup }

// Content implements Wiki.
func (w *wiki) Content(n Node) WikiContent {
	was, _ := w.find(n.ID)
	return &page{w: w, node: n, was: was, spec: w.sizes(was)}
}

// sizes is what the spec says of a node; the zero value where it says nothing.
func (w *wiki) sizes(n Node) NodeSpec {
	if s := w.special[place{w.keyOf(n), n.number}]; s != nil {
		return *s
	}
	return NodeSpec{}
}

func (w *wiki) keyOf(n Node) string {
	if n.ID == 0 || n.Space < 0 || n.Space >= len(w.spaces) {
		return ""
	}
	return w.spaces[n.Space].Key
}

// find returns the node as it was laid out; one with ID 0 where it was not.
func (w *wiki) find(id int64) (Node, bool) {
	if n := w.before(id); n.ID == id && id != 0 {
		return n, true
	}
	return Node{}, false
}

// before returns the node whose ids reach up to id: its own, or one of those of its files,
// comments and tasks, which follow it.
func (w *wiki) before(id int64) Node {
	i := sort.Search(len(w.nodes), func(i int) bool { return w.nodes[i].ID > id })
	if i == 0 {
		return Node{}
	}
	return w.nodes[i-1]
}

// File implements Wiki.
func (w *wiki) File(id int64) (File, bool) {
	n := w.before(id)
	k := id - n.ID - 1
	if n.ID == 0 || k < 0 || k >= int64(n.files) {
		return File{}, false
	}
	return (&page{w: w, node: n, was: n, spec: w.sizes(n)}).file(int(k)), true
}

// Comment implements Wiki.
func (w *wiki) Comment(id int64) (Comment, bool) {
	n := w.before(id)
	k := id - n.ID - 1 - int64(n.files)
	if n.ID == 0 || k < 0 {
		return Comment{}, false
	}
	p := &page{w: w, node: n, was: n, spec: w.sizes(n)}
	thread := p.thread()
	if k >= int64(len(thread)) {
		return Comment{}, false
	}
	return p.comment(thread, int(k)), true
}

// rng is the stream of one part of what has an id.
func (w *wiki) rng(part wikiPart, id int64, more ...uint64) *rng {
	r := *newRNG(w.spec.Seed, 30, uint64(part), uint64(id))
	for _, m := range more {
		r = rng(mix(uint64(r) ^ mix(m)))
	}
	return &r
}

// wikiPart names a stream of random numbers, so that each part can be made without the others.
type wikiPart uint64

const (
	wikiSpacePart wikiPart = iota
	wikiLayoutPart
	wikiTitlePart
	wikiPeoplePart
	wikiVersionPart
	wikiBodyPart
	wikiChangePart
	wikiLabelPart
	wikiPropertyPart
	wikiLikePart
	wikiThreadPart
	wikiCommentPart
	wikiFilePart
	wikiAccessPart
	wikiTaskPart
	wikiSetupPart
)

// compact drops the members that have no value: what an id is missing for is left out.
func compact(pairs ...any) []rawjson.Member {
	var m []rawjson.Member
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		if s, is := pairs[i+1].(string); pairs[i+1] == nil || is && s == "" {
			continue
		}
		if v, is := pairs[i+1].(raw); is && v == nil {
			continue
		}
		one := rawjson.Object(name, pairs[i+1]) // {"name":value}
		quoted := len(rawjson.String(name))
		m = append(m, rawjson.Member{Name: name, Value: one[quoted+2 : len(one)-1]})
	}
	return m
}
