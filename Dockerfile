# Debian, not Alpine: the lock file brings native programs (TypeScript, the linter, the embedded Postgres) for glibc.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY client/package.json client/
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

# What runs: no compiler, no bundler, no browser, and no Postgres, for the image expects DATABASE_URL.
FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json ./
COPY client/package.json client/
RUN npm ci --omit=dev --omit=optional --workspaces=false --no-audit --no-fund

FROM node:24-bookworm-slim
# DATA_DIR holds attachments, so mount a volume there; the embedded Postgres is not here. Writable, so that a start without
# DATABASE_URL says just that.
ENV NODE_ENV=production PORT=4000 DATA_DIR=/data
RUN install -d -o node -g node /data
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/dist dist
COPY --from=build /app/client/dist client/dist
USER node
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that SIGTERM reaches it and it ends in order.
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
