import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import { isUnavailable } from '../base/errors.js';
import type { Html } from '../base/html.js';
import { agreementOf } from './agreement.js';
import { shutPage, STYLE_PATH, unsubscribePage } from './people-pages.js';
import { PEOPLE_STYLE } from './people-style.js';
import { CHOICES, type PeoplePages, type Shut } from './people-views.js';
import { wordsFor } from './people-words.js';
import { filledForm, textOf } from './preferences-fields.js';
import { preferencesPage } from './preferences-page.js';

/** A form with a box for each of a thousand cells is smaller. */
const BODY_MAX = '256kb';
const RETRY_AFTER_SECONDS = '60';
const POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

type TokenRequest = Request<{ token: string }>;

/**
 * Pages that people reach by a link in a mail, without signing in: the token in the path is the authority, there are no
 * cookies. Nothing is done by GET, which bots and previews send; POST does it, which mail clients send for one click
 * (RFC 8058).
 */
export function peopleRoutes(app: Express, pages: PeoplePages): void {
  const body = express.raw({ type: () => true, limit: BODY_MAX });
  app.get(STYLE_PATH, (_request, response) => {
    response.setHeader('Cache-Control', 'public, max-age=300');
    response.type('css').send(PEOPLE_STYLE);
  });
  app.get(
    '/unsubscribe/:token',
    handled(async (request, response) => {
      const view = await pages.unsubscribeState(request.params.token);
      if (typeof view === 'string') return shut(request, response, view);
      answer(response, 200, unsubscribePage(spokenTo(request, view), view, 'ASKED'));
    }),
  );
  app.post(
    '/unsubscribe/:token',
    body,
    handled(async (request, response) => {
      const said = (await fieldsOf(request)).get('choice');
      const choice = CHOICES.find((one) => one === said) ?? null;
      const view = await pages.unsubscribe(request.params.token, choice);
      if (typeof view === 'string') return shut(request, response, view);
      const told = choice?.endsWith('-again') ? 'UNDONE' : 'DONE';
      answer(response, 200, unsubscribePage(spokenTo(request, view), view, told));
    }),
  );
  app.get(
    '/preferences/:token',
    handled(async (request, response) => {
      const view = await pages.preferencesState(request.params.token);
      if (typeof view === 'string') return shut(request, response, view);
      const saved = request.query['saved'] !== undefined;
      const told = { saved, problems: [], was: textOf(view.form) };
      answer(response, 200, preferencesPage(spokenTo(request, view), view, told));
    }),
  );
  app.post(
    '/preferences/:token',
    body,
    handled(async (request, response) => {
      const fields = await fieldsOf(request);
      const form = filledForm(fields);
      const result = await pages.savePreferences(request.params.token, form, (view, ...cell) =>
        agreementOf(spokenTo(request, view), view, form, ...cell),
      );
      if (typeof result === 'string') return shut(request, response, result);
      const { state, problems } = result;
      // Elsewhere, so that loading the page again does not send the form again.
      if (problems.length === 0) return response.redirect(303, `${request.path}?saved`);
      const told = { saved: false, problems, was: fields.get('was') ?? '' };
      answer(response, 422, preferencesPage(spokenTo(request, state), state, told));
    }),
  );
}

function handled(
  handle: (request: TokenRequest, response: Response) => Promise<void>,
): RequestHandler<{ token: string }> {
  return async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
      answer(response, 503, shutPage(spokenTo(request, null), 'AWAY'));
    }
  };
}

function shut(request: TokenRequest, response: Response, why: Shut): void {
  answer(response, why === 'EXPIRED' ? 410 : 404, shutPage(spokenTo(request, null), why));
}

function spokenTo(request: TokenRequest, view: { readonly locale: string | null } | null) {
  return wordsFor(view?.locale ?? null, request.headers['accept-language']);
}

function answer(response: Response, status: number, page: Html): void {
  response.setHeader('Content-Security-Policy', POLICY);
  response.setHeader('Cache-Control', 'no-store');
  response.status(status).type('html').send(page.text);
}

/** Browsers send forms URL-encoded; mail clients may send theirs as multipart too. What is neither has no fields. */
async function fieldsOf(request: TokenRequest): Promise<URLSearchParams> {
  const body: unknown = request.body;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data/i.test(type)) return new URLSearchParams(bytes.toString('utf8'));
  const fields = new URLSearchParams();
  try {
    const parts = await new globalThis.Response(new Uint8Array(bytes), {
      headers: { 'content-type': type },
    }).formData();
    for (const [name, value] of parts) if (typeof value === 'string') fields.append(name, value);
  } catch {
    // Broken bodies of mail clients mean what the link means.
  }
  return fields;
}
