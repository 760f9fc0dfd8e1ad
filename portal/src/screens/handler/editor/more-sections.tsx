/** The parts of the editor that say what becomes of a request. They begin folded: the defaults of the server do for most. */
import { priorities } from 'rota/client'
import { useTexts } from '../../../lib/texts.ts'
import { CheckBox } from '../../../ui/form.tsx'
import { useField } from './errors.ts'
import { AreaField, ChoiceField, Pair, Section, TextField, useEditing } from './fields.tsx'
import { Rows } from './rows.tsx'

export function Answer() {
  const t = useTexts('handler')
  const { draft, set } = useEditing()
  const later = useField('http.async', 'deadline')
  return (
    <Section
      id="answer"
      places={[
        'http.success.status',
        'http.success.bodyContains',
        'http.success.bodyLacks',
        'http.success.json',
        'http.redirects',
        'http.async',
        'http.maxResponse',
        'http.keepResponse',
      ]}
    >
      <TextField name="status" place="http.success.status" mono placeholder="2xx" className="max-w-sm" />
      <Rows name="contains" place="http.success.bodyContains" values={t('rows.text')} />
      <Rows name="lacks" place="http.success.bodyLacks" values={t('rows.text')} />
      <Rows name="rules" place="http.success.json" names={t('rows.path')} values={t('rows.json')} />
      <div className="space-y-2">
        <CheckBox label={t('field.isAsync.label')} checked={draft.isAsync} onChange={(isAsync) => set({ isAsync })} />
        <p className="text-faint text-xs">{t('field.isAsync.help')}</p>
        {draft.isAsync ? (
          <TextField name="deadline" place="http.async" className="max-w-sm" />
        ) : (
          later.error && <p className="text-danger text-xs">{later.error}</p>
        )}
      </div>
      <Pair>
        <TextField name="redirects" place="http.redirects" numeric />
        <span className="max-sm:hidden" />
        <TextField name="maxResponse" place="http.maxResponse" numeric placeholder="1048576" />
        <TextField name="keepResponse" place="http.keepResponse" numeric placeholder="16384" />
      </Pair>
    </Section>
  )
}

export function Failure() {
  const t = useTexts('handler')
  const { draft } = useEditing()
  return (
    <Section
      id="failure"
      places={[
        'http.retry',
        'retries',
        'timeout',
        'onTimeout',
        'backoff',
        'backoff.max',
        'backoff.jitter',
        'http.breaker',
        'http.breaker.failures',
        'http.breaker.pause',
        'onLapse',
      ]}
    >
      <Pair>
        <TextField name="timeout" place="timeout" placeholder={t('usual')} />
        <TextField name="retries" place="retries" numeric placeholder={t('usual')} />
        <ChoiceField
          name="retry"
          place="http.retry"
          options={(['transient', 'all'] as const).map((one) => [one, t(`retry.${one}`)])}
        />
        <ChoiceField
          name="backoff"
          place="backoff"
          options={[
            ['', t('usual')],
            ...(['fixed', 'linear', 'exponential'] as const).map((one) => [one, t(`backoff.${one}`)] as const),
          ]}
        />
        {draft.backoff !== '' && <TextField name="base" place="backoff" placeholder="1s" />}
        {draft.backoff !== '' && draft.backoff !== 'fixed' && (
          <TextField name="longest" place="backoff.max" placeholder="1h" />
        )}
        {draft.backoff !== '' && (
          <TextField name="jitter" place="backoff.jitter" placeholder={draft.backoff === 'fixed' ? '0' : '0.2'} />
        )}
      </Pair>
      <Pair>
        <ChoiceField
          name="breaker"
          place="http.breaker"
          options={(['usual', 'own', 'off'] as const).map((one) => [one, t(`breaker.${one}`)])}
        />
        <span className="max-sm:hidden" />
        {draft.breaker === 'own' && (
          <>
            <TextField name="failures" place="http.breaker.failures" numeric />
            <TextField name="pause" place="http.breaker.pause" />
          </>
        )}
        <ChoiceField
          name="onTimeout"
          place="onTimeout"
          options={[
            ['', t('usual')],
            ['fail', t('onTimeout.fail')],
            ['mark', t('onTimeout.mark')],
          ]}
        />
        <ChoiceField
          name="onLapse"
          place="onLapse"
          options={[
            ['', t('usual')],
            ['retry', t('onLapse.retry')],
            ['fail', t('onLapse.fail')],
          ]}
        />
      </Pair>
    </Section>
  )
}

export function Defaults() {
  const t = useTexts('handler')
  return (
    <Section id="defaults" places={['lane', 'priority', 'expiresIn', 'others']}>
      <Pair>
        <TextField name="lane" place="lane" placeholder={t('usual')} list="handler-lanes" />
        <ChoiceField
          name="priority"
          place="priority"
          options={[['', t('usual')], ...priorities.map((one) => [one, t(`priority.${one}`)] as const)]}
        />
        <TextField name="expiresIn" place="expiresIn" placeholder={t('never')} />
      </Pair>
      <AreaField name="others" place="others" rows={4} placeholder='{ "metadata": { "team": "billing" } }' />
    </Section>
  )
}

export function InputSchema() {
  return (
    <Section id="input" places={['input']}>
      <AreaField
        name="input"
        place="input"
        rows={10}
        placeholder='{ "type": "object", "properties": { "customer": { "type": "string" } }, "required": ["customer"] }'
      />
    </Section>
  )
}
