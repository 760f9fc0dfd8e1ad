/** The parts of the editor that everybody needs: what it is, and what is sent where. */
import { useTexts } from '../../../lib/texts.ts'
import { CheckBox } from '../../../ui/form.tsx'
import { AreaField, ChoiceField, Pair, Section, TextField, useEditing } from './fields.tsx'
import { Rows, SecretRows } from './rows.tsx'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'].map((one) => [one, one] as const)

/** @param isNew the id of one that is stored cannot be changed */
export function About({ isNew }: { readonly isNew: boolean }) {
  const t = useTexts('handler')
  const { draft, set } = useEditing()
  return (
    <Section id="about" open places={['id', 'description', 'owner', 'enabled']}>
      {isNew && <TextField name="id" place="id" required mono placeholder="renew-subscription" />}
      <Pair>
        <TextField name="description" place="description" />
        <TextField name="owner" place="owner" />
      </Pair>
      <div>
        <CheckBox label={t('field.enabled.label')} checked={draft.enabled} onChange={(enabled) => set({ enabled })} />
        <p className="mt-1 text-faint text-xs">{t('field.enabled.help')}</p>
      </div>
    </Section>
  )
}

export function Request() {
  const t = useTexts('handler')
  const { draft } = useEditing()
  const carries = draft.method !== 'GET' && draft.method !== 'HEAD'
  return (
    <Section
      id="request"
      open
      places={[
        'http.method',
        'http.url',
        'http.query',
        'http.headers',
        'http.secretHeaders',
        'http.body',
        'http.contentType',
      ]}
    >
      <div className="grid gap-4 sm:grid-cols-[8rem_1fr]">
        <ChoiceField name="method" place="http.method" options={methods} />
        <TextField
          name="url"
          place="http.url"
          required
          mono
          placeholder="https://api.example.com/renew/{{input.customer}}"
        />
      </div>
      <Templates />
      <Rows name="query" place="http.query" names={t('rows.name')} values={t('rows.value')} />
      <Rows name="headers" place="http.headers" names={t('rows.header')} values={t('rows.value')} />
      <SecretRows />
      {carries && (
        <>
          <ChoiceField
            name="bodyAs"
            place="http.body"
            className="max-w-sm"
            options={[
              ['usual', t(draft.method === 'DELETE' ? 'body.none' : 'body.usual')],
              ['json', t('body.json')],
              ['text', t('body.text')],
            ]}
          />
          {draft.bodyAs !== 'usual' && (
            <>
              <AreaField
                name="body"
                place="http.body"
                rows={7}
                placeholder={draft.bodyAs === 'json' ? '{ "customer": "{{input.customer}}" }' : ''}
              />
              <TextField
                name="contentType"
                place="http.contentType"
                className="max-w-sm"
                mono
                placeholder={draft.bodyAs === 'json' ? 'application/json' : 'text/plain; charset=utf-8'}
              />
            </>
          )}
        </>
      )}
    </Section>
  )
}

const examples = [
  'input.user.id',
  'input.items[0].name',
  'input.page?',
  'job.id',
  'job.attempt',
  'job.scheduledFor',
  'job.metadata.team',
] as const

function Templates() {
  const t = useTexts('handler')
  return (
    <details className="rounded-md bg-canvas px-3 py-2 text-[13px]">
      <summary className="font-medium text-soft">{t('templates.title')}</summary>
      <dl className="mt-2 grid gap-x-4 gap-y-1 sm:grid-cols-[auto_1fr]">
        {examples.map((one) => (
          <div key={one} className="contents">
            <dt>
              <code className="font-mono text-[12px]">{`{{${one}}}`}</code>
            </dt>
            <dd className="text-soft max-sm:mb-1">{t(`templates.${one.replace(/\W+/g, '_')}`)}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-soft">{t('templates.text')}</p>
    </details>
  )
}
