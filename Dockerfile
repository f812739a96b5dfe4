# The portal in production. Build for x86-64-v3 (the default) or, on arm64, with its own defaults:
#   docker build -t mypage .
FROM node:24-bookworm AS build
ARG TARGETARCH
WORKDIR /app
COPY package.json package-lock.json ./
# argon2 from source does two to three times as many logins a second as the prebuilt binary.
RUN npm ci --omit=dev \
 && if [ "${TARGETARCH:-amd64}" = "amd64" ]; then march=-march=x86-64-v3; fi \
 && CFLAGS="-O3 ${march:-}" CXXFLAGS="-O3 ${march:-}" npm rebuild argon2 --build-from-source

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY package.json ./
COPY migrations ./migrations
COPY views ./views
COPY src ./src
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:'+process.env.PORT+'/readyz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["node", "src/main.ts"]
