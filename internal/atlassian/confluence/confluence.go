// Package confluence knows what a Confluence site consists of and how to read all
// of it, by REST v2 and, where that has nothing, v1. The kinds of data are the rows
// of one table (kinds.go); what they have in common with those of Jira is read by
// the engine of package kinds.
package confluence

import (
	"context"
	"errors"
	"slices"
	"time"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/kinds"
)

// Where the routes of the two APIs begin, as in Atlassian's OpenAPI documents.
const (
	v2 = "/wiki/api/v2"
	v1 = "/wiki/rest/api"
)

// Options say what of a site is read.
type Options struct {
	// AdminKey reads what is restricted with an Admin Key, where the account may
	// have one: administrators of Premium and Enterprise sites may.
	AdminKey bool
	// Versions is how many of the newest versions of a page or blog post are read,
	// the current one among them; 0 means all, 1 none but the current one.
	Versions int
	// AttachmentVersions reads the older versions of attachments too.
	AttachmentVersions bool
	// CustomContent names the types of custom content to read: the API lists it by
	// type alone, and does not list the types.
	CustomContent []string
}

// Confluence reads one Confluence site. It implements atlassian.Product.
type Confluence struct {
	client *atlassian.Client
	reader *kinds.Reader
	table  *kinds.Table
	key    *adminKey // nil where none is to be used
}

var _ atlassian.Product = (*Confluence)(nil)

// New returns a Confluence that reads the client's site, without the kinds of these
// names and those that the options leave out: nothing is asked for them, nor for
// what belongs to them. A nil client is enough for Kinds.
func New(client *atlassian.Client, options Options, without ...string) *Confluence {
	c := &Confluence{table: kinds.NewTable(rows(options), append(slices.Clone(without), options.Without()...)...)}
	if client != nil && options.AdminKey {
		c.key = &adminKey{client: client, now: time.Now}
		client = client.Before(c.key.before)
	}
	c.client = client
	c.reader = &kinds.Reader{Client: client, Table: c.table, Source: c, Doubts: doubts}
	return c
}

// Without names the kinds that the options leave out, always in one order.
func (o Options) Without() []string {
	var names []string
	for _, k := range []struct {
		name string
		out  bool
	}{
		{contentVersionKind, o.Versions == 1},
		{attachmentVersionKind, !o.AttachmentVersions},
		{adminKeyKind, !o.AdminKey},
		{customContentKind, len(o.CustomContent) == 0},
	} {
		if k.out {
			names = append(names, k.name)
		}
	}
	return names
}

// doubts says which refusals put the credential in doubt: Confluence answers 403
// to one that it does not take, as it does to a lack of permission (measured on
// live sites by others).
func doubts(class atlassian.Class) bool {
	return class == atlassian.ClassCredentials || class == atlassian.ClassForbidden
}

// Kinds is the table of what is captured, parents before children.
func (c *Confluence) Kinds() []atlassian.Kind { return c.table.Kinds() }

// CloudID asks for the site's identity at Atlassian.
func (c *Confluence) CloudID(ctx context.Context) (string, error) { return c.client.CloudID(ctx) }

// End gives the Admin Key back. Where there is none, it does nothing.
func (c *Confluence) End(ctx context.Context) error {
	if c.key == nil {
		return nil
	}
	return c.key.giveBack(ctx)
}

const currentUserRoute = "GET " + v1 + "/user/current"

// Identity asks who we are. A refused credential is answered with 403, or with the
// anonymous user where the site lets anybody in.
func (c *Confluence) Identity(ctx context.Context) (atlassian.Identity, error) {
	reply, err := c.currentUser(ctx, "")
	if err != nil {
		return atlassian.Identity{}, err
	}
	return atlassian.Identity{
		AccountID: text(reply, "accountId"), Name: text(reply, "displayName"), TimeZone: text(reply, "timeZone"),
	}, nil
}

// currentUser asks for the account that the site takes us for.
func (c *Confluence) currentUser(ctx context.Context, expand string) ([]byte, error) {
	r := atlassian.Request{Route: currentUserRoute}
	if expand != "" {
		r.Query = query("expand", expand)
	}
	reply, err := c.client.Do(ctx, r)
	if atlassian.ClassOf(err) == atlassian.ClassForbidden {
		// There is nothing to be permitted here but Confluence itself.
		return nil, atlassian.NewError(atlassian.ClassCredentials, atlassian.StatusOf(err), currentUserRoute,
			"the site refuses the account, or lets it not use Confluence")
	}
	if err != nil {
		return nil, err
	}
	if text(reply.Body, "accountId") == "" || text(reply.Body, "type") == "anonymous" {
		return nil, atlassian.NewError(atlassian.ClassCredentials, reply.Status, currentUserRoute, "the site does not say who we are")
	}
	return reply.Body, nil
}

// ask makes a call. A refusal is only one where the account is still who it was:
// otherwise it is the credential's.
func (c *Confluence) ask(ctx context.Context, r atlassian.Request) (*atlassian.Reply, error) {
	reply, err := c.client.Do(ctx, r)
	return reply, c.sure(ctx, err)
}

// list reads a list with cursors page by page, as ask makes a call.
func (c *Confluence) list(ctx context.Context, r atlassian.Request, yield func(page []raw) error) error {
	var stopped error
	err := atlassian.Cursors{Request: r, Items: "results"}.Pages(ctx, c.client, func(page []raw) error {
		stopped = yield(page)
		return stopped
	})
	if stopped != nil {
		return stopped
	}
	return c.sure(ctx, err)
}

// sure returns what a refusal means: where the account is who it was, a refused
// credential is a token without the scope that was needed.
func (c *Confluence) sure(ctx context.Context, err error) error {
	class := atlassian.ClassOf(err)
	if err == nil || !doubts(class) {
		return err
	}
	if _, err := c.Identity(ctx); err != nil {
		return err
	}
	var refused *atlassian.Error
	if errors.As(err, &refused) && class == atlassian.ClassCredentials {
		return atlassian.NewError(atlassian.ClassForbidden, refused.Status, refused.Method+" "+refused.Route, "the token lacks a scope")
	}
	return err
}
