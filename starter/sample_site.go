package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
)

// siteFlags say what a sample site holds.
type siteFlags struct {
	fixtures    string
	issues      int
	pages       int
	attachments int // of each product
	seed        uint64
	listen      string
}

func (f *siteFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.fixtures, "fixtures", "", "folder of what was recorded: issues (jira-*.ndjson) to serve instead of generated ones, bodies of pages (confluence-storage-bodies.ndjson)")
	fl.IntVar(&f.issues, "issues", 300, "issues to generate")
	fl.IntVar(&f.pages, "pages", 200, "pages and blog posts to generate")
	fl.IntVar(&f.attachments, "attachments", 40, "attachments to generate, of issues and as many of pages")
	fl.Uint64Var(&f.seed, "seed", 2026, "seed of the content: the same one gives the same site")
}

// site makes the sample site that the flags describe; nothing listens yet.
func (f *siteFlags) site() (*samplesite.Site, error) {
	if f.issues < 0 || f.pages < 0 || f.attachments < 0 {
		return nil, usagef("--issues, --pages and --attachments can't be negative")
	}
	if f.attachments > 0 && f.issues == 0 && f.pages == 0 {
		return nil, usagef("--attachments needs issues or pages to be attached to: give --issues or --pages too")
	}
	cfg := samplesite.Config{Listen: f.listen}
	if f.issues > 0 {
		cfg.Content = samplesite.Demo(f.issues, f.attachments).Content
		cfg.Content.Seed, cfg.Fixtures = f.seed, f.fixtures
	}
	if f.pages > 0 {
		cfg.Wiki = samplesite.DemoWiki(f.pages, f.attachments)
		cfg.Wiki.Seed = f.seed
		if f.fixtures != "" {
			var err error
			if cfg.Wiki.Bodies, err = content.RecordedBodies(f.fixtures); err != nil {
				return nil, err
			}
		}
	}
	return samplesite.New(cfg)
}

// served is the JSON result of sample-site.
type served struct {
	URL        string `json:"url"`
	Email      string `json:"email"`
	TokenFile  string `json:"tokenFile"`
	Credential string `json:"credential"`
	// Empty is the second site, with --empty.
	Empty *servedEmpty `json:"empty,omitempty"`
}

// servedEmpty is the site to restore into.
type servedEmpty struct {
	URL        string `json:"url"`
	Credential string `json:"credential"`
}

// sampleCredential is the name under which the sample site's account is known.
const sampleCredential = "sample"

// emptyCredential is that of the second site.
const emptyCredential = "empty"

func newSampleSite(a *app) *cobra.Command {
	var f siteFlags
	var tokenFile string
	var withEmpty bool
	cmd := &cobra.Command{
		Use:   "sample-site",
		Short: "Serve a site with Jira and Confluence to try holdfast on",
		Long: `Serve a site with Jira and Confluence to try holdfast on, until it is
interrupted. With --issues 0 or --pages 0 it has nothing of one of them. Its address is
printed, and the file in which the credential for it is, in the form that
--credentials of 'holdfast dev' and of 'holdfast-worker' takes. With --empty it serves
a second site beside it, which has the same configuration and accounts and nothing
else: to restore into.`,
		Example: "  holdfast sample-site\n" +
			"  holdfast sample-site --empty\n" +
			"  holdfast sample-site --issues 5000 --pages 5000 --attachments 500 --listen 127.0.0.1:8080",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			site, err := f.site()
			if err != nil {
				return err
			}
			return a.sampleSite(cmd.Context(), site, tokenFile, withEmpty)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "address to serve at")
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "file to write the credential to (default: a new one in the temporary folder)")
	cmd.Flags().BoolVar(&withEmpty, "empty", false, "serve a second site too, with the same configuration and accounts and nothing else, to restore into")
	return cmd
}

// sampleSite serves a site until ctx ends, and an empty one beside it where that is
// asked for.
func (a *app) sampleSite(ctx context.Context, site *samplesite.Site, tokenFile string, withEmpty bool) error {
	if err := site.Start(ctx); err != nil {
		return err
	}
	defer site.Close()
	sites := map[string]*samplesite.Site{sampleCredential: site}
	s := served{URL: site.URL(), Email: site.Email(), Credential: sampleCredential}
	if withEmpty {
		empty, err := emptySite(site)
		if err != nil {
			return err
		}
		if err := empty.Start(ctx); err != nil {
			return err
		}
		defer empty.Close()
		sites[emptyCredential] = empty
		s.Empty = &servedEmpty{URL: empty.URL(), Credential: emptyCredential}
	}
	path, err := writeCredentials(tokenFile, sites)
	if err != nil {
		return err
	}
	if tokenFile == "" {
		defer os.Remove(filepath.Dir(path)) // it was made for the file
	}
	defer os.Remove(path)
	s.TokenFile = path
	if err := a.print(s, s.table); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// table tells where the sites are, and what can be done with them.
func (s served) table(w io.Writer) {
	row(w, "site", s.URL)
	row(w, "email", s.Email)
	row(w, "credentials", s.TokenFile)
	if s.Empty != nil {
		row(w, "empty site", s.Empty.URL)
	}
	fmt.Fprintf(w, "\nGive the file to the service, or to a worker:\n"+
		"  holdfast dev --credentials %[1]s\n"+
		"  holdfast-worker --credentials %[1]s --store file:///… --scratch …\n"+
		"Then create a policy:\n"+
		"  holdfast policy create --site %[2]s --credential %[3]s --product jira\n"+
		"  holdfast policy create --site %[2]s --credential %[3]s --product confluence\n", shellQuote(s.TokenFile), s.URL, s.Credential)
	if s.Empty != nil {
		fmt.Fprintf(w, "And restore a backup of it into the empty site:\n"+
			"  holdfast restore plan BACKUP --to %s --credential %s\n"+
			"  holdfast restore apply RESTORE\n", s.Empty.URL, s.Empty.Credential)
	}
	fmt.Fprintln(w, "\nInterrupt it (Ctrl-C) to end it.")
}

// writeCredentials writes the credentials of sites, by name, into a file that its owner
// alone can read. One that exists already is not overwritten.
func writeCredentials(path string, sites map[string]*samplesite.Site) (string, error) {
	all := map[string]any{}
	for name, site := range sites {
		all[name] = map[string]string{"email": site.Email(), "token": site.Token()}
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return "", err
	}
	if path == "" {
		dir, err := os.MkdirTemp("", "holdfast-sample-site-")
		if err != nil {
			return "", fmt.Errorf("write the credential: %w: give a file with --token-file", err)
		}
		path = filepath.Join(dir, "credentials.json")
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("write the credential: %w: give another file with --token-file", err)
	}
	if _, err := file.Write(append(data, '\n')); err != nil {
		_ = file.Close()
		return "", fmt.Errorf("write the credential: %w: give another file with --token-file", err)
	}
	return path, file.Close()
}
