/** The form of a page, as a browser without scripts fills it in and sends it. */
export class PageForm {
  private constructor(
    private readonly url: string,
    /** The page itself. */
    readonly html: string,
    private readonly inputs: readonly ReadonlyMap<string, string>[],
    private readonly ticked: Set<string>,
  ) {}

  static async at(url: string): Promise<PageForm> {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status} given, expected a page`);
    return PageForm.of(url, await answer.text());
  }

  static of(url: string, text: string): PageForm {
    const inputs = [...text.matchAll(/<input\b([^>]*)>/g)].map(
      ([, attributes = '']) =>
        new Map(
          [...attributes.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name = '', value]) => [name, plain(value)]),
        ),
    );
    const boxes = inputs.filter((input) => input.has('checked') && !input.has('disabled'));
    return new PageForm(url, text, inputs, new Set(boxes.map((box) => `${box.get('name')}=${box.get('value')}`)));
  }

  /** How a box looks: `off`, `on`, with `locked` where it cannot be ticked. */
  box(cell: string): string {
    const found = this.inputs.find((input) => input.get('name') === 'on' && input.get('value') === cell);
    if (!found) throw new Error(`no box for ${cell}`);
    return `${found.has('checked') ? 'on' : 'off'}${found.has('disabled') ? ' locked' : ''}`;
  }

  tick(name: string, value: string): this {
    this.ticked.add(`${name}=${value}`);
    return this;
  }

  untick(name: string, value: string): this {
    this.ticked.delete(`${name}=${value}`);
    return this;
  }

  /** @param without names of fields that do not come back */
  async send(without: readonly string[] = []): Promise<{ status: number; page: PageForm }> {
    const fields = this.inputs.flatMap((input): [string, string][] => {
      const [name, value] = [input.get('name') ?? '', input.get('value') ?? ''];
      const isBox = input.get('type') === 'checkbox' || input.get('type') === 'radio';
      return without.includes(name) || (isBox && !this.ticked.has(`${name}=${value}`)) ? [] : [[name, value]];
    });
    const answer = await fetch(this.url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
    const page = answer.status === 303 ? await PageForm.at(this.url) : PageForm.of(this.url, await answer.text());
    return { status: answer.status, page };
  }
}

function plain(text = ''): string {
  return text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
