package confluence

import (
	"context"
	"maps"
	"net/url"
	"slices"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// resources are the types of what stands in a tree, as bodies name them, and the
// word of their routes.
var resources = map[string]string{
	pageKind: "pages", "folder": "folders", "whiteboard": "whiteboards", "database": "databases", "embed": "embeds",
}

// treeTypes are those of which there is no list.
var treeTypes = []string{"folder", "whiteboard", "database", "embed"}

// maxDepth is how far below a node its descendants are given (OpenAPI: depth, maximum).
const maxDepth = 10

// tree finds what stands in the tree of one space. Folders, whiteboards, databases
// and smart links are in no list of REST v2: they are found as what pages are below
// of, below the pages at the root and below each other, and by a search. Pages that
// the tree names and no list has are those that the account may not see.
type tree struct {
	c        *Confluence
	space    atlassian.Container
	walk     *kinds.Walk
	problems []atlassian.Problem

	pages   idSet           // that the lists have, whatever their status
	roots   idSet           // pages below nothing
	parents idSet           // pages that others are below of
	unknown idSet           // pages that the tree has and the lists have not
	asked   idSet           // what was asked for what is below it
	nodes   map[string]node // everything else, by id
}

// node is something in the tree that is no page.
type node struct {
	kind string
	// named says that a page says that it is below it.
	named bool
	// walked says that what is below it was asked for, with what is above it.
	walked bool
}

// read finds and emits what stands in the tree.
func (t *tree) read(ctx context.Context) error {
	t.nodes = make(map[string]node)
	err := t.listPages(ctx)
	if kinds.Lost(err) {
		t.problems = append(t.problems, *noPermission(t.space))
		return nil
	}
	if err != nil {
		return err
	}
	for _, root := range t.roots {
		if err := t.below(ctx, decimal(root), pageKind); err != nil {
			return err
		}
	}
	if err := t.search(ctx); err != nil {
		return err
	}
	// What was found otherwise than from a root may hold more: so do a folder at the
	// root, and one below a page that is not for us.
	for _, id := range slices.Sorted(maps.Keys(t.nodes)) {
		if n := t.nodes[id]; !n.walked {
			if err := t.below(ctx, id, n.kind); err != nil {
				return err
			}
		}
	}
	if err := t.emit(ctx); err != nil {
		return err
	}
	return t.restricted(ctx)
}

// listPages learns which pages there are and what they are below of. What is in the
// trash may be below what is gone.
func (t *tree) listPages(ctx context.Context) error {
	return t.c.list(ctx, atlassian.Request{
		Route: spacePagesRoute, Path: []string{t.space.ID}, Query: limited(url.Values{"sort": {"id"}, "status": pageStatuses}, pageLimit),
	}, func(page []raw) error {
		for _, body := range page {
			id, parent, kind := text(body, "id"), text(body, "parentId"), text(body, "parentType")
			t.pages.add(id)
			switch {
			case text(body, "status") == "trashed":
			case parent == "":
				t.roots.add(id)
			case kind == pageKind || resources[kind] == "":
				t.parents.add(parent)
			default:
				n := t.nodes[parent]
				n.kind, n.named = kind, true
				t.nodes[parent] = n
			}
		}
		return nil
	})
}

// below learns what is below a page or another node, to any depth.
func (t *tree) below(ctx context.Context, id, kind string) error {
	type edge struct{ id, kind string }
	for queue := []edge{{id, kind}}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		if !t.asked.add(from.id) {
			continue
		}
		if n, ok := t.nodes[from.id]; ok {
			n.walked = true
			t.nodes[from.id] = n
		}
		err := t.c.list(ctx, atlassian.Request{
			Route: "GET " + v2 + "/" + resources[from.kind] + "/{id}/descendants", Path: []string{from.id},
			Query: limited(query("depth", decimal(maxDepth)), pageLimit),
		}, func(page []raw) error {
			for _, body := range page {
				id, kind := text(body, "id"), text(body, "type")
				switch {
				case resources[kind] == "" || id == "":
					t.note("the tree has content of a type that this version of holdfast does not know")
					continue
				case kind == pageKind && !t.pages.has(id):
					t.unknown.add(id)
				case kind != pageKind:
					n := t.nodes[id]
					n.kind, n.walked = kind, true
					t.nodes[id] = n
				}
				if number(body, "depth") >= maxDepth {
					queue = append(queue, edge{id, kind})
				}
			}
			return nil
		})
		if kinds.Lost(err) {
			continue // it went away, or is not for us: whoever reads it says so
		}
		if reason, ok := kinds.Reason(err); ok {
			t.problems = append(t.problems, atlassian.Problem{Kind: "folder", ID: from.id, Container: t.space.Key,
				Reason: "what is below it in the tree could not be listed: " + reason})
		} else if err != nil {
			return err
		}
	}
	return nil
}

// search learns of what the site's index has. It is a third way and may lag: where
// the site does not let us, or does not know a type, the tree alone has to do.
func (t *tree) search(ctx context.Context) error {
	err := t.found(ctx, treeTypes...)
	if !kinds.BadRequest(err) {
		return t.unsearched(err)
	}
	for _, one := range treeTypes {
		if err := t.unsearched(t.found(ctx, one)); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) found(ctx context.Context, types ...string) error {
	return t.c.list(ctx, search(t.space.Key, types...), func(page []raw) error {
		for _, body := range page {
			id, kind := text(body, "content", "id"), text(body, "content", "type")
			if _, known := t.nodes[id]; !known && id != "" && slices.Contains(treeTypes, kind) {
				t.nodes[id] = node{kind: kind}
			}
		}
		return nil
	})
}

func (t *tree) unsearched(err error) error {
	if err == nil || !kinds.Lost(err) && !kinds.BadRequest(err) {
		return err
	}
	t.note("the site does not let holdfast search for them: one at the root of a space that holds no page is not found")
	return nil
}

// note enters what to know about folders and what else stands in trees, once.
func (t *tree) note(reason string) {
	if n := kinds.NoteOf(t.c.table.Row("folder"), reason); !slices.Contains(t.problems, n) {
		t.problems = append(t.problems, n)
	}
}

// emit reads and emits the nodes that are no pages, in the order of their ids.
func (t *tree) emit(ctx context.Context) error {
	ids := slices.DeleteFunc(slices.Sorted(maps.Keys(t.nodes)), func(id string) bool {
		return !t.c.table.Wanted(t.c.table.Row(t.nodes[id].kind))
	})
	for group := range slices.Chunk(ids, ahead) {
		replies := together(group, func(id string) answer {
			r := t.c.table.Row(t.nodes[id].kind)
			reply, err := t.c.ask(ctx, atlassian.Request{Route: r.Route, Path: []string{id}})
			return answer{reply, kinds.Now(), err}
		})
		for i, id := range group {
			if err := t.node(ctx, id, replies[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// node emits a node, or says why it cannot be read.
func (t *tree) node(ctx context.Context, id string, a answer) error {
	r := t.c.table.Row(t.nodes[id].kind)
	if a.err == nil {
		return t.walk.Page(ctx, r, kinds.Owner{ID: t.space.ID, Key: t.space.Key}, kinds.Page{
			Entries: []atlassian.Entry{{ID: id, Body: a.reply.Body}}, At: a.at,
		})
	}
	p := atlassian.Problem{Kind: r.Name, ID: id, Container: t.space.Key}
	switch {
	case kinds.Lost(a.err) && t.nodes[id].named:
		p.Denied, p.Reason = true, "a page is below it, but it is not for the account: "+keyAdvice
	case atlassian.ClassOf(a.err) == atlassian.ClassNotFound:
		p.Gone, p.Reason = true, "deleted or hidden since it was found"
	default:
		reason, ok := kinds.Reason(a.err)
		if !ok {
			return a.err
		}
		p.Denied, p.Reason = atlassian.ClassOf(a.err) == atlassian.ClassForbidden, reason
	}
	t.problems = append(t.problems, p)
	return nil
}

const keyAdvice = "restrict it less, or let the policy use the Admin Key"

// restricted looks at the pages that the tree names and that no list has, and enters
// those that the account may not see.
func (t *tree) restricted(ctx context.Context) error {
	for _, parent := range t.parents {
		if id := decimal(parent); !t.pages.has(id) {
			t.unknown.add(id)
		}
	}
	for _, n := range t.unknown {
		id := decimal(n)
		_, err := t.c.ask(ctx, atlassian.Request{Route: itemRoutes[pageKind], Path: []string{id}, Query: statuses(itemStatuses[pageKind])})
		switch {
		case kinds.Lost(err):
			t.problems = append(t.problems, atlassian.Problem{Kind: restrictedPageKind, ID: id, Container: t.space.Key, Denied: true,
				Reason: "the tree of the space has this page, but it is not for the account: " + keyAdvice})
		case err != nil:
			if _, ok := kinds.Reason(err); !ok {
				return err
			}
		}
	}
	return nil
}
