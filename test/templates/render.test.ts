import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TemplateContent } from '../../src/store/templates.js';
import { renderContent, RenderError, syntaxProblems } from '../../src/templates/render.js';

function source(parts: Partial<TemplateContent>): TemplateContent {
  return { channel: 'EMAIL', locale: 'en', title: null, body: '', html: null, ...parts };
}

async function html(template: string, variables: Record<string, unknown> = {}): Promise<string> {
  return (await renderContent(source({ html: template }), variables)).html as string;
}

const EVIL = `"'><script>alert(1)</script><!--&amp;{{ name }}`;

describe('a template', () => {
  it('takes the data at the top and the person below', async () => {
    const template = source({ title: 'Order {{ id }}', body: 'For {{ recipient.name }}', html: '<p>{{ id }}</p>' });
    expect(await renderContent(template, { id: 7, recipient: { name: 'Ana' } })).toEqual({
      title: 'Order 7',
      body: 'For Ana',
      html: '<p>7</p>',
      url: null,
      data: null,
    });
  });

  it('without a title or HTML has none', async () =>
    expect(await renderContent(source({ body: 'x' }), {})).toMatchObject({ title: null, html: null }));

  it('has a title of one line, whatever the data holds', async () => {
    const text = fc.string({ unit: 'binary' });
    await fc.assert(
      fc.asyncProperty(text, async (name) => {
        const { title } = await renderContent(source({ title: 'For {{ name }}\r\nBcc: all' }), { name });
        expect(title).not.toMatch(/[\r\n\u2028\u2029]/);
      }),
    );
  });

  it('does not run what is in the data', async () =>
    expect((await renderContent(source({ body: '{{ name }}' }), { name: '{{ 1 | plus: 1 }}' })).body).toBe(
      '{{ 1 | plus: 1 }}',
    ));
});

describe('no value of the data can close a tag or an attribute', () => {
  it.each([
    '{{ name }}',
    '{{ list }}',
    '{{ list | join: name }}',
    '{{ list | json }}',
    '{{ name | upcase | append: name }}',
    '{% echo name %}',
    '{% liquid echo name %}',
    '{% cycle name, "b" %}',
    '{% assign x = name %}{{ x }}',
    '{% capture x %}{{ name }}{% endcapture %}{{ x }}',
    '{% for one in list %}{{ one }}{% endfor %}',
    '{% for pair in map %}{{ pair[0] }}{{ pair[1] }}{% endfor %}',
    '{% block b %}{{ name }}{% endblock %}',
    '{{ "now" | date: name }}',
    '{{ name | newline_to_br }}',
  ])('through %s', async (template) => {
    const data = { name: EVIL, list: [EVIL, EVIL], map: { [EVIL]: EVIL } };
    expect(await html(template, data)).not.toMatch(/[<>"']/);
  });

  it('whatever the value', () =>
    fc.assert(
      fc.asyncProperty(
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', ';', '{', '%', 'a', ' ') }),
        async (name) => {
          const page = await html('<a title="{{ name }}">{{ name }}</a>', { name });
          expect(page).toMatch(/^<a title="[^"<>]*">[^<>]*<\/a>$/);
          const text = page.slice('<a title="'.length, page.indexOf('">'));
          expect(
            text
              .replace(/&#34;/g, '"')
              .replace(/&#39;/g, "'")
              .replace(/&gt;/g, '>')
              .replace(/&lt;/g, '<')
              .replace(/&amp;/g, '&'),
          ).toBe(name);
        },
      ),
    ));
});

describe('what is not there is an error, never an empty place', () => {
  it.each([
    ['{{ missing }}', /html: undefined variable: missing/],
    ['{{ person.missing }}', /undefined variable: person.missing/],
    ['{% if missing %}x{% endif %}', /undefined variable: missing/],
    ['{% for one in missing %}x{% endfor %}', /undefined variable: missing/],
    ['{{ name.constructor }}', /undefined variable/],
    ['{{ person.__proto__ }}', /undefined variable/],
    ['{{ person.toString }}', /undefined variable/],
    ['{{ name | sparkle }}', /undefined filter: sparkle/],
  ])('%s', async (template, message) => {
    const rendering = html(template, { name: 'ana', person: { name: 'ana' } });
    await expect(rendering).rejects.toThrow(RenderError);
    await expect(rendering).rejects.toThrow(message);
  });

  it('what is null is there, and empty', async () => expect(await html('[{{ name }}]', { name: null })).toBe('[]'));
});

describe('a template reads no file', () => {
  const tags = ['include', 'render', 'layout'];
  const files = ['/etc/passwd', '../../package.json', 'package.json', 'file:///etc/passwd'];
  it.each(tags.flatMap((tag) => files.map((file) => [tag, file])))('by %s "%s"', async (tag, file) => {
    await expect(html(`{% ${tag} '${file}' %}`)).rejects.toThrow(/ENOENT/);
    await expect(html(`{% ${tag} name %}`, { name: file })).rejects.toThrow(/ENOENT/);
  });
});

describe('a bomb ends in a clear error', () => {
  it.each([
    ['a long loop', '{% for i in (1..1000000000) %}x{% endfor %}', /limit exceeded/],
    ['loops in loops', '{% for i in (1..10000) %}{% for j in (1..10000) %}{% endfor %}{% endfor %}', /render limit/],
    [
      'a doubling text',
      '{% assign s = "x" %}{% for i in (1..99) %}{% assign s = s | append: s %}{% endfor %}',
      // By memory or by time, whichever this machine reaches first.
      /(memory|render) (alloc )?limit exceeded/,
    ],
    [
      'a doubling list',
      '{% assign a = "a,a" | split: "," %}{% for i in (1..60) %}{% assign a = a | concat: a %}{% endfor %}',
      /(memory|render) (alloc )?limit exceeded/,
    ],
    ['a wide date', '{{ "now" | date: "%1000000000Y" }}', /memory/],
    ['a source without end', 'x{{ 1 }}'.repeat(30_000), /parse length limit/],
  ])('%s', async (_name, template, message) => {
    const rendering = html(template);
    await expect(rendering).rejects.toThrow(RenderError);
    await expect(rendering).rejects.toThrow(message);
  });
});

describe('syntax problems', () => {
  it('name the part and the place', () => {
    const template = source({ title: '{{ name', body: 'fine', html: '\n{% if x %}' });
    expect(syntaxProblems(template)).toEqual([
      { part: 'title', message: expect.stringMatching(/not closed.*line:1/s) },
      { part: 'html', message: expect.stringMatching(/not closed.*line:2/s) },
    ]);
  });

  it('are none where there are none', () =>
    expect(syntaxProblems(source({ body: '{{ name | upcase }}{% if a %}b{% endif %}' }))).toEqual([]));
});
